"""Talents' own pages: which picture counts, what is a bot wall, and which address is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
import pytest

from talentimg.errors import HandleError, Misconfigured, ProviderError, RateLimited
from talentimg.http import open_clients
from talentimg.models import Account, Reason
from talentimg.providers.interface import Absent, Found, RemotePicture
from talentimg.providers.website import Website
from tests.providers.contract import Bench, ProviderContract
from tests.providers.times import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_httpx import HTTPXMock

ACCOUNT = Account("a1", "ada", "website", "ada.example/about")
URL = "https://ada.example/about"
HTML = {"content-type": "text/html; charset=utf-8"}


class TestContract(ProviderContract):
    kind = Website
    account = ACCOUNT
    expected = Found(RemotePicture(("https://ada.example/pictures/ada.png?w=512&h=512",)))
    placeholder_reason = Reason.NO_PICTURE
    refused_error = ProviderError
    refused_reason = Reason.BLOCKED
    garbled_reason = Reason.SHAPE


NAMES = {"og_image_secure_url": "og:image:secure_url"}


def meta(**named: str) -> str:
    return "".join(
        f'<meta property="{NAMES.get(name, name.replace("_", ":"))}" content="{url}">'
        for name, url in named.items()
    )


def linked(document: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(document)}</script>'


def page(head: str) -> dict[str, Any]:
    """A page that says which one it is."""
    own = f'<link rel="canonical" href="{URL}">'
    return {"headers": HTML, "body": f"<!doctype html><html><head>{own}{head}</head><body></body></html>"}


async def ask(bench: Bench, response: dict[str, Any], account: Account = ACCOUNT, url: str = URL) -> Any:
    where, _, query = url.partition("?")
    bench.answer({"url": where, "params": dict(parse_qsl(query))}, response)
    return await bench.provider(Website).lookup_one(account)


async def picture(bench: Bench, head: str) -> str | None:
    """The picture that a page's head gives."""
    answer = await ask(bench, page(head))
    if isinstance(answer, Absent):
        assert answer.reason == Reason.NO_PICTURE
        return None
    assert isinstance(answer, Found)
    assert answer.picture.hosts == ()
    return answer.picture.urls[0]


async def picture_of(bench: Bench, html: str) -> str | None:
    """The picture that a whole page gives, below the page's own host."""
    answer = await ask(bench, {"headers": HTML, "body": html})
    assert isinstance(answer, Found)
    return answer.picture.urls[0].removeprefix("https://ada.example")


async def trouble(bench: Bench, response: dict[str, Any]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(bench, response)
    return caught.value


# -- which picture ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (linked({"@type": "Person", "image": "/me.png"}) + meta(og_image="/card.png"), "/me.png"),
        (meta(og_image="/3.png", og_image_secure_url="/1.png", og_image_url="/2.png"), "/1.png"),
        (meta(og_image="/3.png", og_image_url="/2.png", twitter_image="/4.png"), "/2.png"),
        (meta(twitter_image="/4.png", og_image="/3.png"), "/3.png"),
        ('<meta name="twitter:image" content="/4.png">', "/4.png"),
        ('<meta name="og:image" content="/3.png">', "/3.png"),
        (meta(og_image="", twitter_image="/4.png"), "/4.png"),
        (meta(og_image="data:image/png;base64,AA", twitter_image="/4.png"), "/4.png"),
        (meta(og_image="https://[", twitter_image="/4.png"), "/4.png"),
        (linked({"@type": "Person", "image": ["blob:x", "/me.png"]}), "/me.png"),
        (linked("nonsense") + meta(og_image="/3.png"), "/3.png"),
        ("<script type=application/ld+json>{</script>" + meta(og_image="/3.png"), "/3.png"),
    ],
)
async def test_the_likeliest_picture_wins(bench: Bench, head: str, expected: str) -> None:
    assert await picture(bench, head) == f"https://ada.example{expected}"


@pytest.mark.parametrize(
    ("base", "link", "expected"),
    [
        ("", "a.png", "https://ada.example/a.png"),
        ("", "//cdn.example/a.png", "https://cdn.example/a.png"),
        ("", " https://cdn.example/a.png?x=1&amp;y=2\n", "https://cdn.example/a.png?x=1&y=2"),
        ("", "http://cdn.example/a.png", "https://cdn.example/a.png"),
        ("/deep/er/", "a.png", "https://ada.example/deep/er/a.png"),
        ("https://cdn.example/x/", "a.png", "https://cdn.example/x/a.png"),
        ("http://[", "a.png", "https://ada.example/a.png"),
        ("data:,", "a.png", "https://ada.example/a.png"),
        ("", "javascript:alert(1)", None),
        ("", "file:///etc/passwd", None),
    ],
)
async def test_links_are_resolved_as_in_a_browser(
    bench: Bench, base: str, link: str, expected: str | None
) -> None:
    head = (f'<base href="{base}">' if base else "") + meta(og_image=link)
    assert await picture(bench, head) == expected


async def test_links_are_resolved_against_where_a_redirect_led(bench: Bench) -> None:
    there = "https://www.ada.example/en/about?lang=en"
    bench.answer({"url": URL}, {"status": 301, "headers": {"location": there}})
    answer = await ask(bench, page(meta(og_image="a.png")), url=there)
    assert isinstance(answer, Found)
    assert answer.picture.urls == ("https://www.ada.example/en/a.png",)


@pytest.mark.parametrize("host", ["secure.gravatar.com", "gravatar.com", "0.gravatar.com"])
async def test_a_gravatar_is_asked_for_without_its_drawing(bench: Bench, host: str) -> None:
    url = f"https://{host}/avatar/0123456789abcdef?s=96&amp;d=mm&amp;r=g"
    expected = f"https://{host}/avatar/0123456789abcdef?s=512&d=404&r=pg"
    assert await picture(bench, linked({"@type": "Person", "image": url.replace("&amp;", "&")})) == expected


@pytest.mark.parametrize(
    "body",
    [
        '<body><div>nav</div><meta property="og:image" content="/me.png"></body>',
        '<p>No body tag.<meta property="og:image" content="/me.png">',
        '</head><meta property="og:image" content="/me.png"><body>',
        f"<body><p>Hello.</p>{linked({'@type': 'Person', 'image': '/me.png'})}</body>",
        '</body></html><meta property="og:image" content="/me.png">',
    ],
)
async def test_a_picture_that_only_the_body_names_is_found(bench: Bench, body: str) -> None:
    assert await picture_of(bench, f"<!doctype html><title>Ada</title>{body}") == "/me.png"


async def test_what_the_head_names_comes_before_what_the_body_names(bench: Bench) -> None:
    body = linked({"@type": "Person", "image": "/late.png"}) + meta(og_image_secure_url="/late.png")
    found = await picture_of(bench, f"<head>{meta(twitter_image='/me.png')}</head><body>{body}</body>")
    assert found == "/me.png"


async def test_what_can_be_no_picture_in_the_head_leaves_it_to_the_body(bench: Bench) -> None:
    head, body = meta(og_image="data:image/png;base64,AA"), meta(og_image="/me.png")
    assert await picture_of(bench, f"<head>{head}</head><body>{body}</body>") == "/me.png"


async def test_links_in_the_body_are_resolved_against_the_base_of_the_head(bench: Bench) -> None:
    page = f'<head><base href="/deep/er/"></head><body>{meta(og_image="me.png")}</body>'
    assert await picture_of(bench, page) == "/deep/er/me.png"


async def test_a_page_is_read_no_further_than_a_head_that_names_a_picture(httpx_mock: HTTPXMock) -> None:
    head = f"<head>{meta(og_image='/me.png')}</head>".encode()
    body = Body([head, b"<body>", b"never asked for"])
    httpx_mock.add_response(url=URL, headers=HTML, stream=body)
    async with open_clients(user_agent="talentimg-tests") as clients:
        await Bench(clients.api, clients.web, httpx_mock).provider(Website).lookup_one(ACCOUNT)
    assert body.left == [b"<body>", b"never asked for"]


class Body(httpx.AsyncByteStream):
    """A body that knows what of it was asked for."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.left = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.left:
            yield self.left.pop(0)


@pytest.mark.parametrize("charset", ["windows-1251", "utf-8"])
async def test_a_picture_in_letters_of_a_page_that_alone_says_what_they_are(
    bench: Bench, charset: str
) -> None:
    html = (
        f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">{meta(og_image="/фото.jpg")}'
    )
    bench.mock.add_response(url=URL, headers={"content-type": "text/html"}, content=html.encode(charset))
    answer = await bench.provider(Website).lookup_one(ACCOUNT)
    assert isinstance(answer, Found)
    assert answer.picture.urls == ("https://ada.example/фото.jpg",)


# -- pages that are none ------------------------------------------------------------------


FRONT = "https://ada.example/"
GONE = "<!doctype html><title>Sorry</title><h1>Not found</h1>"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_page_that_is_gone_from_a_site_that_is_there_is_absent(bench: Bench, status: int) -> None:
    bench.answer({"url": FRONT}, {"headers": HTML, "body": "<!doctype html><title>Ada</title><p>Hello."})
    bench.answer({"url": URL}, {"status": status, "body": GONE})
    answer = await ask(bench, {"status": status, "body": GONE})
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.NOT_FOUND


@pytest.mark.parametrize(
    "front",
    [
        {"status": 404, "body": GONE},
        {"headers": HTML, "body": "<!doctype html><title>ada.example is for sale</title><p>Make an offer."},
        {"headers": HTML, "body": ""},
        {"status": 503},
        {"status": 429},
    ],
    ids=str,
)
async def test_a_host_that_has_no_page_at_all_says_nothing_of_one(
    bench: Bench, front: dict[str, Any]
) -> None:
    bench.answer({"url": FRONT}, front, reusable=True)
    error = await trouble(bench, {"status": 404, "body": GONE})
    assert error.reason in {Reason.STATUS, Reason.SHAPE, Reason.BLOCKED, Reason.THROTTLED}


async def test_a_page_that_is_back_within_a_moment_is_not_gone(bench: Bench) -> None:
    bench.answer({"url": URL}, {"status": 404})
    bench.answer({"url": FRONT}, {"headers": HTML, "body": "<!doctype html><title>Ada</title><p>Hello."})
    assert (await trouble(bench, page(""))).reason == Reason.STATUS


async def test_a_front_page_that_is_gone_is_trouble(bench: Bench) -> None:
    account = replace(ACCOUNT, handle="ada.example")
    with pytest.raises(ProviderError):
        await ask(bench, {"status": 404, "body": GONE}, account, "https://ada.example")


STAND_INS = [
    "<title>Log in</title><form><input type=password></form>",
    "<title>Ada | Sign in to your account</title>",
    "<title>Before you continue to YouTube</title>",
    "<title>Cookie consent</title>",
    "<title>ada.example is for sale!</title>",
    "<title>ada.example - This domain name has expired</title>",
    "<title>Parked domain</title>",
    "<title>Site under maintenance</title>",
    "<title>Page not found - ada.example</title>",
    "<title>404</title>",
    "<title>Welcome to nginx!</title>",
    "<title>x</title><script src=https://www.sedoparking.com/a.js></script>",
]


@pytest.mark.parametrize("head", STAND_INS)
async def test_what_stands_in_for_a_page_is_trouble_even_with_a_picture(bench: Bench, head: str) -> None:
    assert (await trouble(bench, {"headers": HTML, "body": f"<!doctype html>{head}"})).reason == Reason.SHAPE
    if "password" not in head:
        assert (await trouble(bench, page(head + meta(og_image="/logo-of-them.png")))).reason == Reason.SHAPE


@pytest.mark.parametrize(
    "head",
    [
        "<title>Hello</title>",
        '<title>Redirect</title><meta http-equiv="refresh" content="0; url=https://ada.example/new/">',
        '<title>x</title><link rel="canonical" href="https://consent.example/about">',
        f'<title>x</title><link rel="canonical" href="{URL}"><meta name="robots" content="noindex">',
        f'<title>x</title><link rel="canonical" href="{URL}"><p><input type="password">',
    ],
)
async def test_a_page_that_does_not_say_that_it_is_the_one_says_nothing(bench: Bench, head: str) -> None:
    error = await trouble(bench, {"headers": HTML, "body": f"<!doctype html>{head}<p>Text."})
    assert error.reason == Reason.SHAPE


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="canonical" href="/about/">',
        '<link rel="canonical" href="http://www.ada.example/about">',
        meta(og_url=URL),
        meta(og_type="profile"),
        linked({"@type": "ProfilePage", "mainEntity": {"@type": "Person", "name": "Ada"}}),
    ],
)
async def test_a_page_that_says_whose_it_is_can_say_that_there_is_no_picture(bench: Bench, head: str) -> None:
    answer = await ask(bench, {"headers": HTML, "body": f"<!doctype html><title>Ada</title>{head}<p>Text."})
    assert isinstance(answer, Absent)
    assert answer.reason == Reason.NO_PICTURE


async def test_a_page_elsewhere_that_names_itself_is_not_the_one(bench: Bench) -> None:
    there = "https://login.example/start"
    bench.answer({"url": URL}, {"status": 302, "headers": {"location": there}})
    body = f'<!doctype html><title>Welcome</title><link rel="canonical" href="{there}"><p>Text.'
    with pytest.raises(ProviderError):
        await ask(bench, {"headers": HTML, "body": body}, url=there)


# -- several pictures ---------------------------------------------------------------------


def sized(name: str, width: int, height: int) -> str:
    return meta(og_image=name) + meta(og_image_width=str(width), og_image_height=str(height))


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (sized("/banner.jpg", 1200, 630) + sized("/face.jpg", 400, 400), ["face.jpg", "banner.jpg"]),
        (sized("/banner.jpg", 1200, 630) + meta(twitter_image="/face.jpg"), ["face.jpg", "banner.jpg"]),
        (meta(og_image="/logo.svg", twitter_image="/me.jpg"), ["me.jpg"]),
        (meta(og_image="/gone.jpg", twitter_image="/me.jpg"), ["gone.jpg", "me.jpg"]),
        (meta(og_image="/site-logo.png", twitter_image="/me.jpg"), ["me.jpg"]),
        (meta(og_image="/a.jpg") + meta(og_image="/a.jpg"), ["a.jpg"]),
        ("".join(meta(og_image=f"/{n}.jpg") for n in range(30)), [f"{n}.jpg" for n in range(5)]),
        (meta(og_image="/logographer.jpg"), ["logographer.jpg"]),
        (sized("/a.jpg", 10**9, 400), ["a.jpg"]),
    ],
)
async def test_all_pictures_are_offered_and_the_likeliest_portrait_first(
    bench: Bench, head: str, names: list[str]
) -> None:
    answer = await ask(bench, page(head))
    assert isinstance(answer, Found)
    offered = (*answer.picture.urls, *answer.picture.others)
    assert [url.rpartition("/")[2] for url in offered] == names


AUTHOR = {"@type": "Person", "@id": "#/person/1", "name": "Nina Reporter", "image": "/nina.jpg"}


@pytest.mark.parametrize(
    "document",
    [
        {"@graph": [{"@type": "Article", "author": {"@id": "#/person/1"}}, AUTHOR]},
        {"@graph": [{"@type": "WebSite", "publisher": {"@id": "#/person/1"}}, AUTHOR]},
        {"@graph": [{"@type": "NewsArticle"}, {**AUTHOR, "@id": "#/other"}]},
        [AUTHOR, {**AUTHOR, "@id": "#/person/2"}],
        [{"@type": "ProfilePage", "mainEntity": {"@type": "Person", "name": "Ada"}}, AUTHOR],
        AUTHOR,
    ],
    ids=str,
)
async def test_an_author_or_anybody_else_on_a_page_is_not_whom_it_is_about(
    bench: Bench, document: Any
) -> None:
    head = f"<title>Portrait of Ada</title>{meta(og_image='/ada.jpg')}{linked(document)}"
    assert await picture(bench, head) == "https://ada.example/ada.jpg"


async def test_an_author_in_the_body_is_no_better(bench: Bench) -> None:
    body = linked({"@graph": [{"@type": "Article", "author": {"@id": "#/person/1"}}, AUTHOR]})
    html = f"<head><title>Ada</title></head><body>{body}{meta(og_image='/ada.jpg')}</body>"
    assert await picture_of(bench, html) == "/ada.jpg"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ({"status": 401}, Reason.BLOCKED),
        ({"status": 403}, Reason.BLOCKED),
        ({"status": 503}, Reason.BLOCKED),
        ({"status": 200, "headers": {**HTML, "cf-mitigated": "challenge"}}, Reason.BLOCKED),
        ({"status": 500}, Reason.STATUS),
        ({"status": 204}, Reason.STATUS),
        ({"headers": {"content-type": "application/json"}, "body": {}}, Reason.SHAPE),
        ({"headers": {"content-type": "image/png"}, "body": "x"}, Reason.SHAPE),
        ({"headers": HTML, "body": ""}, Reason.SHAPE),
        ({"headers": HTML, "body": "Bad gateway."}, Reason.SHAPE),
    ],
    ids=str,
)
async def test_an_answer_that_is_no_page_is_trouble(
    bench: Bench, response: dict[str, Any], reason: Reason
) -> None:
    assert (await trouble(bench, response)).reason == reason


async def test_a_page_that_does_not_say_what_it_is_is_read(bench: Bench) -> None:
    answer = await ask(bench, {"body": f"<!doctype html>{meta(og_image='/a.png')}"})
    assert isinstance(answer, Found)


CHALLENGES = [
    "<title>Just a moment...</title>",
    "<title>Attention Required! | Cloudflare</title>",
    "<title>Are you a robot?</title>",
    "<title>Making sure you&#39;re not a bot!</title>",
    "<title>DDoS-Guard</title>",
    "<title>Verifying you are human</title>",
    '<title>shop.example</title><script src="https://ct.captcha-delivery.com/c.js"></script>',
    '<script src="/_Incapsula_Resource?SWJIYLWA=1"></script>',
]


@pytest.mark.parametrize("head", CHALLENGES)
async def test_a_bot_wall_that_says_200_is_trouble(bench: Bench, head: str) -> None:
    assert (await trouble(bench, page(head))).reason == Reason.BLOCKED


async def test_a_page_with_a_picture_is_no_bot_wall_whatever_its_title(bench: Bench) -> None:
    assert await picture(bench, "<title>Just a moment</title>" + meta(og_image="/a.png"))


@pytest.mark.parametrize("title", ["Ada Lovelace", "A moment of poetry", "Robots I have known"])
async def test_a_page_without_a_picture_is_no_bot_wall(bench: Bench, title: str) -> None:
    recaptcha = '<script src="https://www.google.com/recaptcha/api.js"></script>'
    assert await picture(bench, f"<title>{title}</title>{recaptcha}") is None


async def test_a_closed_page_says_when_to_come_back(bench: Bench) -> None:
    error = await trouble(bench, {"status": 503, "headers": {"retry-after": "600"}})
    assert error.retry_at is not None
    assert (error.retry_at - NOW).total_seconds() == 600


async def test_throttling_is_remembered_by_host(bench: Bench) -> None:
    error = await trouble(bench, {"status": 429, "headers": {"retry-after": "120"}})
    assert isinstance(error, RateLimited)
    assert error.retry_at is not None
    assert (error.retry_at - NOW).total_seconds() == 120
    provider = bench.provider(Website)
    assert provider.quota_key(ACCOUNT) == "website:ada.example"
    assert provider.quota_key(replace(ACCOUNT, handle="no page")) == "website"


# -- which address --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile_url", "asked"),
    [
        (None, URL),
        ("", URL),
        ("no address", URL),
        ("ftp://ada.example/", URL),
        ("https://Other.example/Ada?x=1", "https://other.example/Ada?x=1"),
        ("http://other.example/ada", "https://other.example/ada"),
        (" https://other.example/#me ", "https://other.example"),
        ("https://other.example/über", "https://other.example/%C3%BCber"),
    ],
)
async def test_the_accounts_profile_address_comes_before_its_handle(
    bench: Bench, profile_url: str | None, asked: str
) -> None:
    account = replace(ACCOUNT, profile_url=profile_url)
    answer = await ask(bench, page(meta(og_image="/a.png")), account, asked)
    assert isinstance(answer, Found)
    assert answer.asked == f"website: {asked.partition('?')[0]}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/ada", "https://10.0.0.1/", "http://[::1]/ada"])
async def test_an_inner_address_is_refused_by_the_guard(bench: Bench, url: str) -> None:
    with pytest.raises(ProviderError):
        await bench.provider(Website).lookup_one(replace(ACCOUNT, profile_url=url))
    assert not bench.mock.get_requests()


async def test_an_inner_address_is_asked_where_the_operator_allows_it(httpx_mock: HTTPXMock) -> None:
    async with open_clients(user_agent="talentimg-tests", allow_private=("127.0.0.0/8",)) as clients:
        bench = Bench(clients.api, clients.web, httpx_mock)
        url = "http://127.0.0.1:8000/Ada"
        answer = await ask(bench, page(meta(og_image="/a.png")), replace(ACCOUNT, profile_url=url), url)
    assert isinstance(answer, Found)
    assert answer.picture.urls == ("http://127.0.0.1:8000/a.png",)


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("Ada.Example", "ada.example"),
        ("ada.example/", "ada.example"),
        ("https://ada.example/About", "ada.example/About"),
        ("HTTP://ada.example/@ada?x=/../y#z", "ada.example/@ada?x=/../y"),
        ("ada.example?page=1", "ada.example?page=1"),
        ("ada.example/go/http://x.test/", "ada.example/go/http://x.test/"),
        ("http://127.0.0.1:8000/Ada", "http://127.0.0.1:8000/Ada"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://people.internal/ada", "http://people.internal/ada"),
        ("https://ada.example:8443/x", "https://ada.example:8443/x"),
    ],
)
def test_addresses_are_taken_as_people_type_them(typed: str, handle: str) -> None:
    assert Website.normalise(typed) == handle
    assert Website.normalise(handle) == handle


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "localhost",
        "127.0.0.1:5432",
        "[::1]",
        "a.test/../b",
        "a.test/..",
        "a.test/./b",
        "a.test@b.test",
        "https://u:p@a.test/",
        "ftp://a.test/",
        "//a.test/",
        "https://",
        "a.test/a b",
        "a.test\\@b",
        "a.test:443",
        "a.test/\r\nHost: b",
        "m n.example",
        "a.test/<x>",
        'a.test/"',
        "a.test/" + "x" * 2000,
    ],
)
async def test_what_can_be_no_address_is_refused_and_nobody_is_asked(bench: Bench, typed: str) -> None:
    with pytest.raises(HandleError):
        Website.normalise(typed)
    with pytest.raises(Misconfigured) as caught:
        await bench.provider(Website).lookup_one(replace(ACCOUNT, handle=typed))
    assert caught.value.tries == 0
