"""The fediverse: Mastodon's own call, WebFinger and actors behind it, and hosts that a talent types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import HandleError, Misconfigured, ProviderError, RateLimited
from talentimg.models import Account, Reason
from talentimg.providers.interface import Absent, Found, RemotePicture
from talentimg.providers.mastodon import Mastodon
from tests.providers.contract import JsonContract, Way, recording
from tests.providers.times import NOW

if TYPE_CHECKING:
    from tests.providers.contract import Bench

ACCOUNT = Account("a1", "ada", "mastodon", "ada@social.example")
NUMBER = "109300000000000001"
ACTOR_ID = "https://social.example/users/ada"
FOLDER = "https://files.social.example/accounts/avatars/109/300/000/000/000/001"
KEY = "1ff7a65dec79f6ea"


class TestContract(JsonContract):
    other_ways = (
        Way("actor", ACCOUNT, ("actor",)),
        Way("actor, known", replace(ACCOUNT, external_id=ACTOR_ID), ("actor",)),
    )
    kind = Mastodon
    account = ACCOUNT
    expected = Found(RemotePicture((f"{FOLDER}/static/{KEY}.png",), KEY), NUMBER)
    refused_error = ProviderError
    refused_reason = Reason.BLOCKED
    null_reason = Reason.NO_PICTURE
    empty_reason = Reason.NO_PICTURE
    picture_paths = (("avatar",), ("avatar_static",))


LOOKUP, WEBFINGER, ACTOR = (exchange["request"] for exchange in recording("mastodon", "actor")["exchanges"])
CARD, PERSON = (exchange["response"]["body"] for exchange in recording("mastodon", "actor")["exchanges"][1:])


def account_answer(bench: Bench, **changes: Any) -> None:
    """Answer Mastodon's own call."""
    found = recording("mastodon", "found")["exchanges"][0]["response"]["body"]
    bench.answer(LOOKUP, {"body": {**found, **changes}})


def closed(bench: Bench) -> None:
    """Answer Mastodon's own call with a refusal."""
    bench.answer(LOOKUP, {"status": 401, "body": {"error": "This method requires an authenticated user"}})


def actor_answer(bench: Bench, response: dict[str, Any], card: Any = CARD) -> None:
    """Answer WebFinger, and the actor with this."""
    closed(bench)
    bench.answer(WEBFINGER, {"body": card})
    bench.answer(ACTOR, response)


async def ask(bench: Bench, account: Account = ACCOUNT, **settings: str) -> Found | Absent:
    return await bench.provider(Mastodon, settings).lookup_one(account)


async def trouble(bench: Bench, account: Account = ACCOUNT) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(bench, account)
    return caught.value


# -- Mastodon's own call --------------------------------------------------------------


async def test_a_suspended_account_is_absent(bench: Bench) -> None:
    account_answer(bench, suspended=True, avatar="https://social.example/avatars/original/missing.png")
    answer = await ask(bench)
    assert isinstance(answer, Absent)
    assert (answer.reason, answer.user_id) == (Reason.SUSPENDED, NUMBER)


async def test_an_account_that_moved_keeps_its_picture(bench: Bench) -> None:
    account_answer(bench, moved={"acct": "ada@elsewhere.example"})
    answer = await ask(bench)
    assert isinstance(answer, Found)
    assert answer.note == "The account has moved to ada@elsewhere.example."


async def test_an_account_that_moved_without_a_picture_tells_both(bench: Bench) -> None:
    account_answer(bench, moved={"acct": "ada@elsewhere.example"}, avatar="", avatar_static="")
    answer = await ask(bench)
    assert isinstance(answer, Absent)
    assert answer.detail == ("The account has no picture. The account has moved to ada@elsewhere.example.")


@pytest.mark.parametrize(
    "url",
    [
        "https://social.example/avatars/original/missing.png",
        "/avatars/original/missing.png",
        "https://key.example/identicon/ada@social.example",
        "https://mitra.example/api/v1/accounts/identicon",
        "https://pix.example/storage/avatars/default.jpg?v=0",
        "https://friendica.example/images/person-300.jpg",
        "https://bookwyrm.example/static/images/default_avi.jpg",
        "https://hubzilla.example/images/default_profile_photos/rainbow_man/300.png",
        "https://plume.example/static/images/default-avatar.png",
        "https://writefreely.example/img/avatars/a.png",
        "https://gnusocial.example/theme/base/default-avatar-profile.png",
        "https://takahe.example/static/img/unknown-icon-128.png",
        "https://discourse.example/letter_avatar_proxy/v4/letter/a/bc8723/96.png",
        "https://pleroma.example/images/avi.png",
        "https://gts.example/assets/default_avatars/GoToSocial_icon4.webp",
    ],
)
async def test_default_pictures_of_many_servers_are_known(bench: Bench, url: str) -> None:
    account_answer(bench, avatar=url, avatar_static=url)
    answer = await ask(bench)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.DEFAULT_PICTURE


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (f"{FOLDER}/original/{KEY}.jpg", KEY),
        (f"https://social.example/system/accounts/avatars/1/original/{KEY}.png?1600000000", KEY),
        (f"https://pix.example/storage/avatars/{KEY}.jpg", None),
        (f"{FOLDER}/original/me.jpg", None),
        ("https://epicyon.example/users/ada/icon.png", None),
        # The server's drawing has such an address too, so only the picture can tell.
        ("https://epicyon.example/users/ada/avatar12345.png", None),
        ("https://book.example/images/avatars/default-is-my-name/me.png", None),
        ("https://[", None),
    ],
)
async def test_only_mastodons_random_names_are_keys(bench: Bench, url: str, key: str | None) -> None:
    account_answer(bench, avatar=url, avatar_static="")
    answer = await ask(bench)
    assert isinstance(answer, Found)
    assert answer.picture == RemotePicture((url,), key)


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://social.example/a.png", Reason.SCHEME), ("a.png", Reason.SHAPE), ("data:x", Reason.SHAPE)],
)
async def test_pictures_are_taken_over_https_only(bench: Bench, url: str, reason: Reason) -> None:
    account_answer(bench, avatar=url, avatar_static=url)
    assert (await trouble(bench)).reason == reason


async def test_a_server_of_the_operators_own_may_speak_plain_http(bench: Bench) -> None:
    found = recording("mastodon", "found")["exchanges"][0]["response"]["body"]
    picture = "http://pictures.test/a.png"
    bench.answer(
        {**LOOKUP, "url": "https://relay.test/social.example/api/v1/accounts/lookup"},
        {"body": {**found, "avatar": picture, "avatar_static": picture}},
    )
    answer = await ask(bench, base_url="https://relay.test/{host}/")
    assert isinstance(answer, Found)
    assert answer.picture.urls == (picture,)


async def test_throttling_is_remembered_by_host_until_its_reset(bench: Bench) -> None:
    bench.play("mastodon", "throttled")
    error = await trouble(bench)
    assert isinstance(error, RateLimited)
    assert error.retry_at is not None
    assert (error.retry_at - NOW).total_seconds() == 300
    provider = bench.provider(Mastodon)
    assert provider.quota_key(ACCOUNT) == "mastodon:social.example"
    assert provider.quota_key(replace(ACCOUNT, handle="nonsense")) == "mastodon"


# -- WebFinger and the actor ----------------------------------------------------------


async def test_where_the_own_call_is_closed_the_actor_answers(bench: Bench) -> None:
    bench.play("mastodon", "actor")
    answer = await ask(bench)
    assert isinstance(answer, Found)
    assert answer.picture == RemotePicture(("https://social.example/media/ada.png",))
    assert answer.user_id == ACTOR_ID
    accepted = [request.headers["accept"] for request in bench.mock.get_requests()]
    assert accepted[0] == "application/json"
    assert "jrd+json" in accepted[1]
    assert "activity+json" in accepted[2]


@pytest.mark.parametrize(
    "answer",
    [{"status": status} for status in (400, 403, 404, 405, 406, 410, 422, 501)]
    + [{"status": 200, "body": "<!doctype html><p>An app.</p>"}],
    ids=lambda answer: str(answer["status"]),
)
async def test_every_way_of_not_speaking_mastodon_leads_to_the_actor(
    bench: Bench, answer: dict[str, Any]
) -> None:
    bench.answer(LOOKUP, answer, reusable=True)
    bench.answer(WEBFINGER, {"body": CARD})
    bench.answer(ACTOR, {"body": PERSON})
    assert isinstance(await ask(bench), Found)


@pytest.mark.parametrize(
    "icon",
    [
        {"type": "Image", "url": "https://x.test/a.png"},
        [{"type": "Image", "url": "https://x.test/a.png"}, {"url": "https://x.test/b.png"}],
        "https://x.test/a.png",
        ["https://x.test/a.png"],
        {"type": "Image", "url": ["https://x.test/a.png", "https://x.test/b.png"]},
        {"type": "Image", "url": {"type": "Link", "href": "https://x.test/a.png"}},
        {"type": "Image", "url": [{"type": "Link", "href": "https://x.test/a.png"}]},
        {"type": "Link", "href": "https://x.test/a.png"},
        [None, 7, {"url": None}, {"url": "https://x.test/a.png"}],
    ],
    ids=repr,
)
async def test_icons_come_in_many_shapes(bench: Bench, icon: Any) -> None:
    actor_answer(bench, {"body": {**PERSON, "icon": icon}})
    answer = await ask(bench)
    assert isinstance(answer, Found)
    assert answer.picture.urls[0] == "https://x.test/a.png"


@pytest.mark.parametrize("icon", [None, [], ""], ids=repr)
async def test_an_actor_without_an_icon_has_no_picture(bench: Bench, icon: Any) -> None:
    actor_answer(bench, {"body": {**PERSON, "icon": icon}})
    answer = await ask(bench)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.NO_PICTURE


async def test_a_default_picture_in_an_actor_is_no_picture(bench: Bench) -> None:
    icon = {"type": "Image", "url": "https://social.example/identicon/ada@social.example"}
    actor_answer(bench, {"body": {**PERSON, "icon": icon}})
    answer = await ask(bench)
    assert isinstance(answer, Absent)
    assert (answer.reason, answer.user_id) == (Reason.DEFAULT_PICTURE, ACTOR_ID)


def nested(depth: int) -> Any:
    icon: Any = "https://x.test/a.png"
    for _ in range(depth):
        icon = [icon]
    return icon


@pytest.mark.parametrize(
    "icon", [42, True, {"type": "Image"}, [{"url": 7}], {"url": {"href": None}}, nested(100)], ids=str
)
async def test_an_icon_of_no_known_shape_is_trouble(bench: Bench, icon: Any) -> None:
    actor_answer(bench, {"body": {**PERSON, "icon": icon}})
    assert (await trouble(bench)).reason == Reason.SHAPE


@pytest.mark.parametrize("body", [[], "x", None, {"type": "Person"}, {"id": 7}], ids=repr)
async def test_an_actor_of_the_wrong_shape_is_trouble(bench: Bench, body: Any) -> None:
    actor_answer(bench, {"body": body if not isinstance(body, str) else '"x"'})
    assert (await trouble(bench)).reason == Reason.SHAPE


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 410, "body": {"error": "Gone"}},
        {"status": 410, "body": {"id": ACTOR_ID, "type": "Tombstone"}},
        {"status": 404, "body": {"id": ACTOR_ID, "type": "Tombstone"}},
        {"status": 200, "body": {"id": ACTOR_ID, "type": "Tombstone"}},
        {"status": 200, "body": {**PERSON, "suspended": True}},
    ],
    ids=["gone", "tombstone, gone", "tombstone, not found", "tombstone", "suspended"],
)
async def test_an_actor_that_is_gone_is_absent(bench: Bench, answer: dict[str, Any]) -> None:
    actor_answer(bench, answer)
    given = await ask(bench)
    assert isinstance(given, Absent)
    assert given.reason == Reason.SUSPENDED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 401, "body": {"error": "Request not signed"}}, Reason.BLOCKED),
        ({"status": 403, "body": "<h1>Just a moment...</h1>"}, Reason.BLOCKED),
        ({"status": 403, "body": {"error": "Public key not found for key https://x/#key"}}, Reason.BLOCKED),
        ({"status": 403, "body": {"error": "Forbidden"}}, Reason.BLOCKED),
        ({"status": 403, "body": ""}, Reason.BLOCKED),
        ({"status": 410, "body": "<h1>Gone</h1>"}, Reason.STATUS),
        ({"status": 404}, Reason.STATUS),
        ({"status": 502}, Reason.STATUS),
        ({"status": 200, "body": "<h1>Hello</h1>"}, Reason.BAD_JSON),
    ],
    ids=[
        "signed requests",
        "bot wall",
        "public key",
        "forbidden",
        "forbidden, no body",
        "a page that is gone",
        "not found",
        "broken",
        "a page",
    ],
)
async def test_an_actor_that_cannot_be_asked_is_trouble(
    bench: Bench, answer: dict[str, Any], reason: Reason
) -> None:
    actor_answer(bench, answer)
    error = await trouble(bench)
    assert error.reason == reason
    assert error.tries == len(bench.mock.get_requests())


async def test_a_picture_in_webfinger_stands_in_for_an_actor_that_wants_a_signature(bench: Bench) -> None:
    avatar = {"rel": "http://webfinger.net/rel/avatar", "type": "image/png", "href": "https://x.test/a.png"}
    actor_answer(bench, {"status": 401}, {**CARD, "links": [avatar, *CARD["links"]]})
    answer = await ask(bench)
    assert isinstance(answer, Found)
    assert answer.picture.urls == ("https://x.test/a.png",)


async def test_a_picture_in_webfinger_is_enough_without_an_actor(bench: Bench) -> None:
    closed(bench)
    avatar = {"rel": "http://webfinger.net/rel/avatar", "href": "https://x.test/a.png"}
    bench.answer(WEBFINGER, {"body": {"links": [7, {"rel": "self"}, {"rel": "self", "href": 1}, avatar]}})
    assert isinstance(await ask(bench), Found)


@pytest.mark.parametrize("card", [[], {}, {"links": {}}, {"links": []}, {"links": ["x"]}], ids=repr)
async def test_a_webfinger_answer_that_leads_nowhere_is_trouble(bench: Bench, card: Any) -> None:
    closed(bench)
    bench.answer(WEBFINGER, {"body": card})
    assert (await trouble(bench)).reason == Reason.SHAPE


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, Reason.BLOCKED), (403, Reason.BLOCKED), (400, Reason.STATUS), (429, Reason.THROTTLED)],
)
async def test_a_webfinger_refusal_is_not_absence(bench: Bench, status: int, reason: Reason) -> None:
    bench.answer(LOOKUP, {"status": 404, "body": {"error": "Record not found"}})
    bench.answer(WEBFINGER, {"status": status})
    error = await trouble(bench)
    assert error.reason == reason
    assert error.tries == 2


async def test_webfinger_can_say_that_an_account_is_gone(bench: Bench) -> None:
    closed(bench)
    elsewhere(bench, {"status": 404})
    for _ in range(2):
        bench.answer(WEBFINGER, {"status": 410})
    bench.answer(NODEINFO, {"body": NODE})
    answer = await ask(bench)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.SUSPENDED


# -- what is said, and what is only a status --------------------------------------------


@pytest.mark.parametrize("blank", ["", "\n", "\r\n \t"], ids=repr)
@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "application/xhtml+xml"])
async def test_an_empty_answer_that_is_called_a_page_is_none(bench: Bench, kind: str, blank: str) -> None:
    """As BookWyrm says that it knows nobody of the name."""
    closed(bench)
    elsewhere(bench, {"status": 404})
    for _ in range(2):
        bench.answer(WEBFINGER, {"status": 404, "headers": {"content-type": kind}, "body": blank})
    bench.answer(NODEINFO, {"body": NODE})
    answer = await ask(bench)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.NOT_FOUND


@pytest.mark.parametrize("body", ["", "Not found", {"error": "no such user"}, []], ids=repr)
async def test_a_server_at_work_that_knows_nobody_twice_is_believed(bench: Bench, body: Any) -> None:
    closed(bench)
    elsewhere(bench, {"status": 404})
    for _ in range(2):
        bench.answer(WEBFINGER, {"status": 404, "body": body})
    bench.answer(NODEINFO, {"body": NODE})
    answer = await ask(bench)
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.NOT_FOUND


@pytest.mark.parametrize(
    "node",
    [
        {"status": 404},
        {"body": "<h1>Hello</h1>"},
        {"body": {}},
        {"body": {"links": []}},
        {"body": {"links": [{"rel": "self"}]}},
        {"status": 500},
    ],
    ids=str,
)
async def test_a_host_where_nothing_speaks_the_fediverses_language_is_not_believed(
    bench: Bench, node: dict[str, Any]
) -> None:
    closed(bench)
    elsewhere(bench, {"status": 404})
    bench.answer(WEBFINGER, {"status": 404})
    bench.answer(NODEINFO, node)
    error = await trouble(bench)
    assert error.reason == Reason.STATUS
    assert "social.example" in error.message


async def test_a_page_is_never_believed(bench: Bench) -> None:
    for request in (LOOKUP, WEBFINGER, HOST_META):
        bench.answer(request, {"status": 404, "body": "<html><h1>404 Not Found</h1></html>"})
    assert (await trouble(bench)).reason == Reason.STATUS


async def test_an_answer_that_changes_within_a_moment_is_not_believed(bench: Bench) -> None:
    closed(bench)
    elsewhere(bench, {"status": 404})
    bench.answer(WEBFINGER, {"status": 404})
    bench.answer(NODEINFO, {"body": NODE})
    bench.answer(WEBFINGER, {"body": CARD})
    assert (await trouble(bench)).reason == Reason.STATUS


# -- a name's host that is not the server's ----------------------------------------------

HOST_META = {"url": "https://social.example/.well-known/host-meta"}
NODEINFO = {"url": "https://social.example/.well-known/nodeinfo"}
NODE = {
    "links": [
        {
            "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
            "href": "https://social.example/nodeinfo/2.0",
        }
    ]
}
SERVER = "https://fedi.social.example/.well-known/webfinger"


def elsewhere(bench: Bench, response: dict[str, Any]) -> None:
    """Answer the question where WebFinger is."""
    bench.answer(HOST_META, response)


def host_meta(link: str) -> dict[str, Any]:
    body = f'<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">{link}</XRD>'
    return {"headers": {"content-type": "application/xrd+xml"}, "body": body}


@pytest.mark.parametrize(
    "link",
    [
        f'<Link rel="lrdd" template="{SERVER}?resource={{uri}}"/>',
        f"<Link type='application/xrd+xml' template='{SERVER}?resource={{uri}}' rel='lrdd'></Link>",
        f'<Link rel="x" template="/"/><hm:Link\nrel="lrdd"\n template="{SERVER}?resource={{uri}}" />',
    ],
)
async def test_host_meta_says_where_the_server_is(bench: Bench, link: str) -> None:
    for request in (LOOKUP, WEBFINGER):
        bench.answer(request, {"status": 404, "body": "<html><h1>404 Not Found</h1></html>"})
    elsewhere(bench, host_meta(link))
    bench.answer({**WEBFINGER, "url": SERVER}, {"body": CARD})
    bench.answer(ACTOR, {"body": PERSON})
    assert isinstance(await ask(bench), Found)


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ('<Link rel="lrdd" template="http://fedi.social.example/?{uri}"/>', Reason.SCHEME),
        ('<Link rel="lrdd" template="https://127.0.0.1/?{uri}"/>', Reason.ADDRESS),
        ('<Link rel="lrdd" template="file:///etc/{uri}"/>', Reason.SHAPE),
        ('<Link rel="lrdd" template="https://fedi.social.example/nobody"/>', Reason.STATUS),
        ('<Link rel="other" template="https://fedi.social.example/{uri}"/>', Reason.STATUS),
        ("<Link", Reason.STATUS),
    ],
)
async def test_host_meta_leads_nobody_astray(bench: Bench, link: str, reason: Reason) -> None:
    for request in (LOOKUP, WEBFINGER):
        bench.answer(request, {"status": 404, "body": "<html><h1>404 Not Found</h1></html>"})
    elsewhere(bench, host_meta(link))
    assert (await trouble(bench)).reason == reason


async def test_a_throttled_server_is_named(bench: Bench) -> None:
    bench.answer(LOOKUP, {"status": 429})
    error = await trouble(bench)
    assert isinstance(error, RateLimited)
    assert "social.example" in error.message


# -- several pictures ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("widths", "order"),
    [
        ((48, 1500), (1500, 48)),
        ((48, 1500, 600), (600, 1500, 48)),
        ((48, 120), (120, 48)),
        ((None, 1500, None), (1500, None, None)),
        ((None, None), (None, None)),
    ],
)
async def test_of_several_icons_the_smallest_that_is_large_enough_comes_first(
    bench: Bench, widths: tuple[int | None, ...], order: tuple[int | None, ...]
) -> None:
    icons = [
        {"type": "Image", "url": f"https://x.test/{w}-{n}.png", **({"width": w} if w else {})}
        for n, w in enumerate(widths)
    ]
    actor_answer(bench, {"body": {**PERSON, "icon": icons}})
    answer = await ask(bench)
    assert isinstance(answer, Found)
    assert [url.rpartition("/")[2].partition("-")[0] for url in answer.picture.urls] == [
        str(w) for w in order
    ]


async def test_a_gravatar_is_asked_for_without_its_drawing(bench: Bench) -> None:
    icon = {"type": "Image", "url": "https://secure.gravatar.com/avatar/0123abcd?s=120&d=mm&r=g"}
    actor_answer(bench, {"body": {**PERSON, "icon": icon}})
    answer = await ask(bench)
    assert isinstance(answer, Found)
    assert answer.picture.urls == ("https://secure.gravatar.com/avatar/0123abcd?s=512&d=404&r=pg",)


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("http://social.example/users/ada", Reason.SCHEME),
        ("https://169.254.169.254/latest/", Reason.ADDRESS),
        ("https://localhost/users/ada", Reason.ADDRESS),
        ("file:///etc/passwd", Reason.SHAPE),
    ],
)
async def test_webfinger_leads_nobody_astray(bench: Bench, href: str, reason: Reason) -> None:
    closed(bench)
    link = {"rel": "self", "type": "application/activity+json", "href": href}
    bench.answer(WEBFINGER, {"body": {"links": [link]}})
    error = await trouble(bench)
    assert error.reason == reason
    assert len(bench.mock.get_requests()) == 2


async def test_a_first_answer_about_somebody_else_is_an_identity_question(bench: Bench) -> None:
    account_answer(bench, username="manager", acct="manager")
    assert (await trouble(bench)).reason == Reason.IDENTITY


async def test_a_document_like_an_account_is_no_proof_that_it_has_no_picture(bench: Bench) -> None:
    bench.answer(LOOKUP, {"body": {"id": "1", "username": "ada", "avatar": None}})
    assert (await trouble(bench)).reason == Reason.SHAPE


# -- who it is ------------------------------------------------------------------------


async def test_an_id_of_the_other_kind_is_left_as_it_is(bench: Bench) -> None:
    bench.play("mastodon", "actor")
    answer = await ask(bench, replace(ACCOUNT, external_id=NUMBER))
    assert isinstance(answer, Found)
    assert answer.user_id is None


@pytest.mark.parametrize(
    ("case", "known"), [("found", "1"), ("actor", "https://social.example/users/old-ada")]
)
async def test_another_id_of_the_same_kind_is_somebody_else(bench: Bench, case: str, known: str) -> None:
    bench.play("mastodon", case)
    error = await trouble(bench, replace(ACCOUNT, external_id=known))
    assert error.reason == Reason.IDENTITY


# -- handles --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("Ada@Social.Example", "ada@social.example"),
        (" @ada@social.example ", "ada@social.example"),
        ("https://social.example/@Ada", "ada@social.example"),
        ("https://social.example/users/ada/", "ada@social.example"),
        ("https://other.example/@ada@social.example", "ada@social.example"),
        ("a_d.a-1@xn--mnchen-3ya.example", "a_d.a-1@xn--mnchen-3ya.example"),
    ],
)
def test_handles_are_taken_as_people_type_them(typed: str, handle: str) -> None:
    assert Mastodon.normalise(typed) == handle


NO_HOSTS = [
    "localhost",
    "127.0.0.1:5432",
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "a.test/../b",
    "a.test#",
    "a.test@b.test",
    "a.test?x",
    "a.test:443",
    "[::1]",
    "",
    "a..test",
    "-a.test",
    "a.test.",
    "a.test\\@b.test",
    "a.test%23",
    "①②⑦.⓪.⓪.①",
    "a.test\r\nHost: b",
]


@pytest.mark.parametrize("host", NO_HOSTS)
async def test_a_host_that_is_none_is_refused_and_nobody_is_asked(bench: Bench, host: str) -> None:
    with pytest.raises(HandleError):
        Mastodon.normalise(f"ada@{host}")
    with pytest.raises(Misconfigured) as caught:
        await ask(bench, replace(ACCOUNT, handle=f"ada@{host}"))
    assert caught.value.tries == 0


@pytest.mark.parametrize("typed", ["ada", "@social.example", "a/b@social.example", "a b@social.example", ""])
def test_a_user_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(HandleError):
        Mastodon.normalise(typed)
