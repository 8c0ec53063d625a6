"""What people paste for a handle, on every platform: the handle in it, or what to give instead."""

# ruff: noqa: RUF001  letters that look alike are what is tested

from __future__ import annotations

import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from talentimg.errors import ConfigError, HandleError, UsageError
from talentimg.providers.handles import Handles
from talentimg.providers.pasted import ascii_host, compatible, quoted, seen, take_apart
from talentimg.providers.registry import platform_names, provider_class
from tests.nasty import nasty_links

if TYPE_CHECKING:
    from talentimg.providers.interface import Provider

HANDLES: Final = Handles(provider_class, platform_names)
CHANNEL: Final = "UCabcDEF_ghi-JKL012mno34"
DID: Final = "did:plc:abcdefghijklmnopqrstuvwx"

TAKEN: Final = {
    "instagram": {
        "ada.lovelace": [
            "ada.lovelace",
            "@ada.lovelace",
            "@@Ada.Lovelace",
            " Ada.LOVELACE\t",
            "\u00a0ada.lovelace\u2003",
            "\u202aada.lovelace\u202c",
            "ada\u200b.lovelace",
            "\u2066@ada.lovelace\u2069",
            "\ufeffada.lovelace",
            "ada.love\u00adlace",
            "ada.lovelace\ufe0f",
            "ａｄａ．ｌｏｖｅｌａｃｅ",
            "＠ada.lovelace",
            '"ada.lovelace"',
            "“@ada.lovelace”",
            "`ada.lovelace`",
            "https://www.instagram.com/ada.lovelace/",
            "http://instagram.com/ada.lovelace",
            "HTTPS://WWW.INSTAGRAM.COM/ADA.LOVELACE",
            "instagram.com/ada.lovelace",
            "www.instagram.com/ada.lovelace",
            "m.instagram.com/ada.lovelace",
            "@instagram.com/ada.lovelace",
            "//instagram.com/ada.lovelace",
            "https:/instagram.com/ada.lovelace",
            "https://instagram.com./ada.lovelace",
            "https://instagram.com:443/ada.lovelace",
            "https://instagr.am/ada.lovelace",
            "https://ig.me/m/ada.lovelace",
            "https://instagram.com/@ada.lovelace",
            "https://instagram.com//ada.lovelace//",
            "https://instagram.com/ada.lovelace?igshid=MzRl&utm_source=qr",
            "https://instagram.com/ada.lovelace#",
            "https://instagram.com/ada.lovelace/reels/",
            "https://instagram.com/ada.lovelace/p/C0ffee/",
            "https://www.instagram.com/stories/ada.lovelace/3141592653/",
            "https://www.instagram.com/_u/ada.lovelace",
            "https://instagram.com/ada%2Elovelace",
            "<https://instagram.com/ada.lovelace>",
            "\u200ehttps://instagram.com/ada.lovelace\u200e",
        ],
    },
    "tiktok": {
        "ada.lovelace": [
            "ada.lovelace",
            "@Ada.Lovelace",
            "\u202aada.lovelace\u202c",
            "https://www.tiktok.com/@ada.lovelace?lang=en&_r=1",
            "tiktok.com/@ada.lovelace",
            "https://m.tiktok.com/@ada.lovelace/",
            "http://WWW.TikTok.com/@Ada.Lovelace",
            "https://tiktok.com/%40ada.lovelace",
            "https://www.tiktok.com/@ada.lovelace/video/7300000000000000000",
            "https://www.tiktok.com/@ada.lovelace/live",
        ],
    },
    "youtube": {
        "adalovelace": [
            "adalovelace",
            "@AdaLovelace",
            "https://www.youtube.com/@adalovelace",
            "https://www.youtube.com/@adalovelace/videos",
            "https://youtube.com/@adalovelace?si=abc",
            "m.youtube.com/@AdaLovelace",
            "https://music.youtube.com/@adalovelace",
            "https://www.youtube.com/%40adalovelace/",
        ],
        CHANNEL: [
            CHANNEL,
            f" {CHANNEL}\u200b",
            f"https://www.youtube.com/channel/{CHANNEL}",
            f"youtube.com/channel/{CHANNEL}/about?x=1",
            f"https://studio.youtube.com/channel/{CHANNEL}/editing",
            f"https://music.youtube.com/channel/{CHANNEL}",
            f"https://gaming.youtube.com/channel/{CHANNEL}",
        ],
        CHANNEL.lower(): [f"@{CHANNEL}"],
        "हिन्दी": [
            "@हिन्दी",
            "https://www.youtube.com/@%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80",
        ],
        "สวัสดี": ["@สวัสดี", "https://youtube.com/@สวัสดี"],
        "คำ": ["@คำ"],
        "தமிழ்": ["@தமிழ்"],
        "বাংলা": ["বাংলা"],
        "తెలుగు": ["@తెలుగు"],
        "العربية": ["@العربية", "\u2067@العربية\u2069"],
        "éclair": ["@e\u0301clair", "@éclair", "@ÉCLAIR"],
        "山田太郎": ["@山田太郎"],
        "한국어": [unicodedata.normalize("NFD", "@한국어")],
        "ünï·code": ["@Ünï·code"],
    },
    "bluesky": {
        "ada.bsky.social": [
            "ada.bsky.social",
            "@Ada.Bsky.Social",
            "\u202aada.bsky.social\u202c",
            "ada.bsky.social\u200b",
            "\u2068@ada.bsky.social\u2069",
            "bsky.app/profile/ada.bsky.social",
            "https://bsky.app/profile/ada.bsky.social/",
            "https://bsky.app/profile/@ada.bsky.social",
            "https://bsky.app/profile/ada.bsky.social/post/3kabc",
            "https://staging.bsky.app/profile/ada.bsky.social?ref=x",
            "https://ada.bsky.social",
            "https://ada.bsky.social/",
            "at://ada.bsky.social",
            "at://ada.bsky.social/app.bsky.feed.post/3kabc",
        ],
        "safety.bsky.app": ["@safety.bsky.app", "https://bsky.app/profile/safety.bsky.app"],
        "ada.example": ["ada.example", "https://ada.example", "AT://ada.example", "ada．example"],
        "xn--mnchen-3ya.example": ["münchen.example", "mu\u0308nchen.example", "@MÜNCHEN.example"],
        DID: [DID, f"https://bsky.app/profile/{DID}", f"at://{DID}/app.bsky.actor.profile/self"],
    },
    "mastodon": {
        "ada@mastodon.social": [
            "ada@mastodon.social",
            "@ada@mastodon.social",
            "@Ada@MASTODON.social",
            "ada＠mastodon.social",
            "acct:ada@mastodon.social",
            "ACCT:ada@mastodon.social",
            "\u2066@ada@mastodon.social\u2069",
            "https://mastodon.social/@ada",
            "http://mastodon.social/@ada",
            "https://www.mastodon.social/@ada",
            "mastodon.social/@ada",
            "@mastodon.social/@ada",
            "https://mastodon.social/@ada/109876543210",
            "https://mastodon.social/@ada/with_replies",
            "https://mastodon.social/@ada?x=1#y",
            "https://mastodon.social/users/ada",
            "https://mastodon.social/users/ada/statuses/1",
            "https://mastodon.social/web/@ada",
            "https://mastodon.social/%40ada",
            "https://other.example/@ada@mastodon.social",
            "https://other.example/deck/@ada@mastodon.social",
        ],
        "ada@people.example": [
            "https://people.example/profile/ada",
            "https://people.example/u/ada",
            "https://people.example/user/ada/",
            "https://people.example/channel/ada",
            "https://people.example/a/ada/video-channels",
            "https://people.example/accounts/ada@people.example",
            "https://people.example/author/ada/",
        ],
        "ada@xn--mnchen-3ya.example": ["ada@münchen.example", "https://münchen.example/@ada"],
    },
    "github": {
        "ada-lovelace": [
            "ada-lovelace",
            "@Ada-Lovelace",
            "https://github.com/ada-lovelace",
            "github.com/Ada-Lovelace/",
            "https://www.github.com/ada-lovelace?tab=repositories",
            "https://gist.github.com/ada-lovelace",
            "https://github.com/stars/ada-lovelace/lists/engines",
            "https://github.com/sponsors/ada-lovelace",
            "https://github.com/users/ada-lovelace/projects/1",
            "https://api.github.com/users/ada-lovelace",
            "ada-lovelace\u200d",
        ],
    },
    "gravatar": {
        "ada@example.com": [
            " Ada@Example.com",
            "mailto:ada@example.com",
            "MAILTO:ada@example.com?subject=Hi",
            "Ada Lovelace <ada@example.com>",
            "<ada@example.com>",
            "ada@example.com\u200b",
            "ａｄａ@example.com",
        ],
        "ada@xn--mnchen-3ya.example": ["ada@münchen.example"],
    },
    "website": {
        "ada.example/about": [
            "ada.example/about",
            "https://ada.example/about",
            "\u202ahttps://Ada.Example/about\u202c",
            "HTTP://ADA.EXAMPLE/about#top",
        ],
        "xn--mnchen-3ya.de": ["https://münchen.de/", "münchen.de", "MÜNCHEN.DE"],
        "xn--strae-oqa.example/%C3%A9": ["https://straße.example/é"],
        "medium.com/@ada": ["https://medium.com/@ada"],
        "www.ada.example": ["www.ada.example"],
    },
}

REFUSED: Final = {
    "instagram": {
        "leads to a post": ["https://www.instagram.com/p/C0ffee/"],
        "leads to a reel": ["instagram.com/reel/C0ffee", "https://instagram.com/reels/C0ffee/"],
        "leads to a highlight": [
            "https://www.instagram.com/stories/highlights/17900000000000000/",
            "https://www.instagram.com/s/aGlnaGxpZ2h0?story_media_id=1",
        ],
        "leads to a shared link": [
            "https://www.instagram.com/share/BAabc",
            "https://l.instagram.com/?u=https%3A%2F%2Fada.example",
        ],
        "leads to a page of Instagram's own": [
            "https://www.instagram.com/accounts/edit/",
            "https://www.instagram.com/accounts/login/?next=%2Fada%2F",
            "https://www.instagram.com/explore/tags/ada/",
            "https://www.instagram.com/direct/inbox/",
            "https://help.instagram.com/ada",
            "https://www.instagram.com/stories/",
            "https://www.instagram.com/_u",
            "https://www.instagram.com/n/ada",
            "https://www.instagram.com/_n/mainfeed",
            "https://www.instagram.com/meta_verified",
        ],
        "leads to a page that is nobody's profile": [
            "https://transparency.instagram.com/ada",
            "https://ig.me/j/AbCdEf",
        ],
        "leads to the front page": ["https://www.instagram.com/", "instagram.com"],
        "leads to another site": ["https://ada.example/ada", "ftp://instagram.test/ada"],
        "is of TikTok, not of Instagram": ["https://www.tiktok.com/@ada", "tiktok.com"],
        "is of Bluesky, not of Instagram": ["ada.bsky.social"],
        "is of Threads, which": ["https://www.threads.net/@ada", "threads.com/@ada"],
        "is not a valid Instagram": [
            ".ada",
            "ada.",
            "a..da",
            "ada lovelace",
            "ada\nlovelace",
            "аda",
            "ada™",
            "@ada²",
            "ada℠",
            "ada①",
            "ada½",
            "ada№",
            "ada…l",
            "https://instagram.com/ada%C2%B2",
            "ada@example.com",
            "x" * 31,
            "",
        ],
    },
    "tiktok": {
        "leads to a shared link": [
            "https://vm.tiktok.com/ZMabc/",
            "https://vt.tiktok.com/ZSabc",
            "https://www.tiktok.com/t/ZTabc/",
        ],
        "leads to a video": ["https://m.tiktok.com/v/73.html", "https://www.tiktok.com/@/video/73"],
        "leads to a hashtag": ["https://www.tiktok.com/tag/ada"],
        "leads to a sound": ["https://www.tiktok.com/music/original-73"],
        "leads to a page of TikTok's own": [
            "https://www.tiktok.com/foryou",
            "https://www.tiktok.com/setting",
        ],
        "leads to a page that is nobody's profile": [
            "https://www.tiktok.com/fyp",
            "https://www.tiktok.com/en",
            "https://www.tiktok.com/ada",
            "https://careers.tiktok.com/position",
            "https://effecthouse.tiktok.com/@ada",
        ],
        "is of YouTube, not of TikTok": ["https://youtube.com/@ada"],
    },
    "youtube": {
        "leads to a video": [
            "https://youtu.be/dQw4w9WgXcQ",
            "https://www.youtube.com/watch?v=abc",
            "https://www.youtube.com/live/abc",
        ],
        "leads to a Short": ["https://www.youtube.com/shorts/abc"],
        "leads to a playlist": ["https://www.youtube.com/playlist?list=PLabc"],
        "a channel's former address": [
            "https://www.youtube.com/c/AdaLovelace",
            "https://www.youtube.com/user/AdaLovelace",
            "youtube.com/AdaLovelace",
        ],
        "leads to a page of YouTube's own": ["https://www.youtube.com/feed/subscriptions"],
        "is of X, which": ["https://x.com/ada", "https://twitter.com/ada"],
        "is not a valid YouTube": ["ab", "@", "ada lovelace", "@ada™", "ada²", "ada①", "ada½", "ada₨"],
    },
    "bluesky": {
        "leads to a shared link": ["https://go.bsky.app/abc"],
        "leads to a page of Bluesky's own": ["https://bsky.app/settings"],
        "leads to the front page": [
            "https://bsky.app/",
            "bsky.app",
            "www.bsky.app",
            "bsky.social",
            "https://bsky.social/",
        ],
        "leads to a page that is nobody's profile": [
            "https://blog.bsky.app/",
            "https://docs.bsky.app/profile/ada.example",
            "https://bsky.social/about",
        ],
        "leads to another site": ["https://ada.example/about"],
        "is of Mastodon, not of Bluesky": ["acct:ada@mastodon.social"],
        "is not a valid Bluesky": ["ada", "ada™.example", "ada_l.example", "☃.example"],
    },
    "mastodon": {
        "is of Threads, which": ["https://www.threads.net/@ada", "@ada@threads.net"],
        "is of TikTok, not of Mastodon": ["https://www.tiktok.com/@ada"],
        "is of Instagram, not of Mastodon": ["ada@instagram.com"],
        "is of Gravatar, not of Mastodon": ["mailto:ada@example.com"],
        "is of Medium, which": ["https://medium.com/@ada"],
        "leads to a page of the server's own": ["https://mastodon.social/settings/profile"],
        "leads to an account by its number": ["https://mastodon.social/web/accounts/1"],
        "leads to a post": ["https://misskey.example/notes/9abc"],
        "leads to the front page": ["https://mastodon.social/"],
        "is not a valid Mastodon": ["ada", "@mastodon.social", "a b@mastodon.social"],
    },
    "github": {
        "leads to a page of GitHub's own": [
            "https://github.com/settings/profile",
            "github.com/settings",
            "https://github.com/sponsors",
            "https://github.com/Stars/",
            "https://github.com/users",
            "https://github.com/home",
            "https://github.com/mirrors",
            "https://github.com/sponsors/explore",
        ],
        "leads to a page that is nobody's profile": [
            "https://cli.github.com/manual",
            "https://education.github.com/pack",
            "https://gist.github.com/aa5a315d61ae9438b18d",
            "https://gist.github.com/ada/aa5a315d61ae9438b18d",
            "https://gist.github.com/34365",
            "https://gist.github.com/discover",
            "https://api.github.com/zen",
        ],
        "leads to a repository": ["https://github.com/ada/engine", "https://github.com/ada/engine/issues/1"],
        "leads to an organisation": ["https://github.com/orgs/engines/people"],
        "is a shortened address": ["https://bit.ly/3abc"],
        "is not a valid GitHub": ["-ada", "ada lovelace", "a" * 40],
    },
    "gravatar": {
        "leads to a profile, which does not tell the e-mail address": ["https://gravatar.com/ada"],
        "is not a valid Gravatar": ["ada", "ada²@example.com", "ada@example².com", "ada@localhost"],
    },
    "website": {
        "is of Instagram, not of Website": ["https://www.instagram.com/ada", "instagram.com/p/C0ffee"],
        "is of Gravatar, not of Website": ["mailto:ada@example.com"],
        "is a shortened address": ["https://tinyurl.com/ada"],
        "is not the address of a web page": ["ada", "ada@example.com", "ftp://ada.example", "https://"],
    },
}

ALL_TAKEN: Final = [
    (p, h, t) for p, handles in TAKEN.items() for h, all_of in handles.items() for t in all_of
]
ALL_REFUSED: Final = [(p, s, t) for p, says in REFUSED.items() for s, all_ in says.items() for t in all_]


@pytest.mark.parametrize(("platform", "handle", "typed"), ALL_TAKEN)
def test_the_handle_is_found_in_what_was_pasted(platform: str, handle: str, typed: str) -> None:
    assert HANDLES.read(platform, typed) == (platform, handle)
    assert HANDLES.read(platform, handle) == (platform, handle)


@pytest.mark.parametrize(("platform", "says", "typed"), ALL_REFUSED)
def test_what_names_nobody_is_refused_with_what_to_give(platform: str, says: str, typed: str) -> None:
    with pytest.raises(HandleError) as caught:
        HANDLES.read(platform, typed)
    assert says in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("platform", platform_names())
def test_what_a_platform_gives_for_an_example_is_taken(platform: str) -> None:
    info = provider_class(platform).info
    assert HANDLES.read(platform, info.handle_example)[0] == platform
    if info.profiles.like:
        assert HANDLES.read(platform, info.profiles.like)[0] == platform


@pytest.mark.parametrize(
    ("platform", "typed"),
    [
        ("instagram", "https://www.instagram.com/ada.lovelace?igsh=x"),
        ("instagram", "https://www.instagram.com/p/C0ffee/"),
        ("tiktok", "tiktok.com/@ada"),
        ("youtube", "youtu.be/dQw4w9WgXcQ"),
        ("bluesky", "at://ada.example"),
        ("bluesky", "ada.bsky.social"),
        ("mastodon", "@ada@mastodon.social"),
        ("mastodon", "https://people.example/@ada"),
        ("mastodon", "https://people.example/users/ada"),
        ("mastodon", "acct:ada@people.example"),
        ("github", "https://github.com/ada"),
        ("gravatar", "mailto:ada@example.com"),
        ("website", "https://ada.example/about"),
        ("website", "https://ada.example"),
        ("website", "www.ada.example"),
        ("website", "ada.example/user/1"),
    ],
)
def test_an_address_tells_its_platform(platform: str, typed: str) -> None:
    assert HANDLES.platform_of(typed) == platform


@pytest.mark.parametrize(
    "typed", ["ada", "@ada", "ada.example", "ada@example.com", "", "https://threads.net/@ada"]
)
def test_what_could_be_of_several_platforms_is_asked_about(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        HANDLES.platform_of(typed)
    assert "instagram, tiktok" in (caught.value.hint or "")


def test_a_platform_of_another_package_that_is_broken_is_no_reason_to_refuse() -> None:
    def classes(name: str) -> type[Provider]:
        if name == "forum":
            raise ConfigError("It cannot be imported.")
        return provider_class(name)

    handles = Handles(classes, lambda: ("forum", *platform_names()))
    assert handles.platform_of("https://github.com/ada") == "github"
    assert handles.read("github", "https://github.com/ada") == ("github", "ada")


@pytest.mark.parametrize("platform", platform_names())
@given(st.text(max_size=40) | nasty_links)
def test_what_is_stored_is_its_own_spelling_and_nothing_unseen_is_in_it(platform: str, typed: str) -> None:
    with suppress(HandleError):
        _, handle = HANDLES.read(platform, typed)
        assert HANDLES.read(platform, handle) == (platform, handle)
        assert handle == seen(handle)


@pytest.mark.parametrize(
    "platform", [p for p in platform_names() if provider_class(p).info.profiles.hosts and p != "bluesky"]
)
@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True), st.data())
def test_a_site_beside_a_platforms_own_shows_nobody(platform: str, label: str, data: st.DataObject) -> None:
    """A manual, a shop, a blog: only the hosts that are known to show people do."""
    profiles = provider_class(platform).info.profiles
    site = f"{label}.{data.draw(st.sampled_from(profiles.hosts))}"
    path = data.draw(st.sampled_from(["manual", "@ada", "ada", f"channel/{CHANNEL}", "users/ada"]))
    assume(label not in {"www", "m", "web"} and site not in profiles.paths_at)
    with pytest.raises(HandleError):
        HANDLES.read(platform, f"https://{site}/{path}")


@given(st.text(max_size=60) | nasty_links)
def test_anything_can_be_taken_apart_and_quoted(typed: str) -> None:
    parts = take_apart(typed)
    assert not any("/" in part and "%2f" not in typed.lower() for part in parts.segments)
    assert quoted(typed)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("https://ada:secret@instagram.com/p/1?token=secret", "https://...@instagram.com/p/1"),
        ("https:/ada:secret@instagram.com/p/1", "https:/...@instagram.com/p/1"),
        ("https:ada:secret@host", "https:...@host"),
        ("https:\\\\ada:secret@host", "https:\\\\...@host"),
        ("ftp://secret@host/x", "ftp://...@host/x"),
        ("//ada:secret@host", "//...@host"),
        ("ada:secret@instagram.com/p 1", "ada:...@instagram.com/p 1"),
        ("https://ada:sec/ret@host", "https://ada:...@host"),
        ("https://ada:sec?ret@host/x", "https://ada:...@host/x"),
        ("https://ada:secret＠host/x", "https://...@host/x"),
        ("https://ada:sec@ret/x@host/y", "https://...@host/y"),
        ("https://ada:sec ret@host/y", "https://ada:...@host/y"),
        ("instagram.com?token=secret", "instagram.com"),
        ("instagram.com#token=secret", "instagram.com"),
        ("ada？token=secret", "ada"),
        ("mailto:ada@example.com", "mailto:ada@example.com"),
        ("ACCT:ada@example.com", "ACCT:ada@example.com"),
        ("https://host.example:443/@ada@other.example", "https://host.example:443/@ada@other.example"),
        ("#ada", "#ada"),
    ],
)
def test_a_message_shows_no_password_and_no_query(typed: str, told: str) -> None:
    assert quoted(typed) == repr(told)


@given(
    st.sampled_from(["https://", "https:/", "https:", "HTTP:\\\\", "x-y://", "//", "", "@", "<https://"]),
    st.from_regex(r"[a-z0-9._~-]{1,9}", fullmatch=True),
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12),
    st.sampled_from(["@host.example/x", "＠host.example", "@instagram.com?a=b"]),
)
def test_no_password_is_ever_told(before: str, user: str, secret: str, after: str) -> None:
    """Whatever stands in it: a slash, a question mark, another `@`."""
    assert "SECRET" not in quoted(f"{before}{user}:SECRET{secret}SECRET{after}")


def test_what_is_long_is_cut() -> None:
    assert len(quoted("x" * 5000)) < 100


def test_host_names_are_those_that_dns_has() -> None:
    assert ascii_host("straße.example") == "xn--strae-oqa.example"  # not strasse.example, which is another's
    assert ascii_host("a b.é") == "a b.é"


def test_a_letter_of_another_alphabet_is_named() -> None:
    with pytest.raises(HandleError, match="one of its letters is cyrillic small letter a"):
        HANDLES.read("instagram", "ad\u0430")


def test_thai_and_lao_keep_their_letter_am() -> None:
    assert compatible("คำ ນຳ ﬁ") == "คำ ນຳ fi"


@pytest.mark.parametrize("platform", [p for p in platform_names() if p != "website"])
@given(st.sampled_from("™²℠①½№℡…ªⁿ₂Ⓐ㎏㈀") | st.characters(categories=["So", "No", "Sc"]))
def test_a_sign_in_a_name_never_becomes_a_letter_or_a_digit(platform: str, sign: str) -> None:
    assume(not unicodedata.decomposition(sign).startswith(("<wide>", "<narrow>", "<small>")))
    name = {"gravatar": "ada{}@example.com", "mastodon": "ada{}@example.com", "bluesky": "ada{}.example"}
    with suppress(HandleError):
        assert sign.lower() in HANDLES.read(platform, name.get(platform, "ada{}").format(sign))[1]


def test_a_sign_in_a_name_is_named() -> None:
    with pytest.raises(HandleError, match="one of its characters is trade mark sign"):
        HANDLES.read("instagram", "ada™")


def test_every_mark_of_the_scripts_of_handles_is_one() -> None:
    """`re` knows letters and digits only: the marks of these blocks are listed by hand."""
    blocks = [*range(0x300, 0x370), *range(0x900, 0xE80), *range(0x1000, 0x10A0)]
    marks = [chr(c) for c in blocks if unicodedata.category(chr(c)) in {"Mn", "Mc"}]
    youtube = provider_class("youtube")
    for mark in marks:
        if seen(mark) and unicodedata.normalize("NFKC", mark) == mark:
            assert youtube.normalise(f"abc{mark}")


@pytest.mark.parametrize("platform", TAKEN)
def test_the_address_of_a_profile_names_the_handle_that_it_was_made_of(platform: str) -> None:
    for handle in {HANDLES.read(platform, handle)[1] for handle in TAKEN[platform]}:
        address = HANDLES.address_of(platform, handle)
        if address is not None:
            assert address.startswith("https://")
            assert HANDLES.read(platform, address) == (platform, handle)


def test_some_handles_have_an_address_and_others_have_none() -> None:
    told = {
        name: HANDLES.address_of(name, provider_class(name).info.handle_example) for name in platform_names()
    }
    assert told["instagram"] == "https://instagram.com/ada.lovelace"
    assert told["tiktok"] == "https://tiktok.com/@ada.lovelace"
    assert told["mastodon"] is None
    assert HANDLES.address_of("youtube", CHANNEL) is None
    with pytest.raises(UsageError):
        HANDLES.address_of("myspace", "ada")
