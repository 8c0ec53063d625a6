"""Whatever address a client is given or redirected to: an answer, or an error of ours without a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from talentimg.errors import PictureError, ProviderError
from talentimg.http._httpx import httpx
from talentimg.http.api import ApiClient
from talentimg.http.guard import AddressPolicy, Guard
from talentimg.http.sender import Sender
from talentimg.http.urls import has_real_port, host_of, parsed
from talentimg.http.web import WebClient, WebLimits
from talentimg.models import Reason
from tests.http.conftest import NO_WAIT
from tests.nasty import assert_untold, nasty_links

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HERE = "https://cdn.test/pictures/a.png"
GUARDS = [Guard(AddressPolicy()), Guard(AddressPolicy.parse(["10.0.0.0/8"]))]


def sender(location: str | None) -> Sender:
    """Sends nothing anywhere; everything redirects to `location` if there is one."""

    def answer(request: httpx.Request) -> httpx.Response:
        url = request.url
        _ = url.raw_scheme, url.raw_host, url.port, url.raw_path  # what httpcore is given
        if location is None:
            return httpx.Response(200, stream=httpx.ByteStream(b"{}"))
        return httpx.Response(302, headers=[(b"location", location.encode("utf-8", "surrogatepass"))])

    return Sender(httpx.MockTransport(answer), headers={"user-agent": "tests/1"})


def api(location: str | None = None) -> ApiClient:
    return ApiClient(sender(location), timeout_s=5, max_body_bytes=100, retry=NO_WAIT)


def web(guard: Guard, location: str | None = None) -> WebClient:
    limits = WebLimits(timeout_s=5, picture_timeout_s=5, max_picture_bytes=100, max_body_bytes=100)
    return WebClient(sender(location), sender(location), guard=guard, limits=limits, retry=NO_WAIT)


async def reason_of(ask: Callable[[], Awaitable[object]]) -> Reason | None:
    """Why it was refused, if it was; anything but an error of ours fails the test."""
    try:
        await ask()
    except (PictureError, ProviderError) as error:
        assert_untold(error)
        return error.reason
    return None


async def page(client: WebClient, url: str) -> None:
    async with client.open_page(url):
        pass


@given(nasty_links, nasty_links)
def test_a_text_is_a_url_that_can_be_read_and_sent_or_none(text: str, other: str) -> None:
    for base in (None, parsed(HERE), parsed(other)):
        url = parsed(text, base)
        if url is None:
            continue
        assert isinstance(host_of(url), str)
        assert has_real_port(url) in {True, False}
        assert httpx.Request("GET", url).url == url
        assert url.raw_path.isascii()


@given(nasty_links)
async def test_the_api_client_takes_a_url_or_refuses_it(url: str) -> None:
    await reason_of(lambda: api().request("GET", url))
    await reason_of(lambda: api().request("GET", HERE, params={"q": url}))


@given(nasty_links)
async def test_the_api_client_follows_a_redirect_or_hands_it_out(location: str) -> None:
    await reason_of(lambda: api(location).request("GET", HERE, follow_redirects=True))


@pytest.mark.parametrize("guard", GUARDS)
@given(nasty_links)
async def test_the_guarded_client_takes_a_url_or_refuses_it(guard: Guard, url: str) -> None:
    client = web(guard)
    await reason_of(lambda: client.request(url))
    await reason_of(lambda: client.fetch_picture(url))
    await reason_of(lambda: client.fetch_picture(url, hosts=(".test",)))
    await reason_of(lambda: page(client, url))


@pytest.mark.parametrize("guard", GUARDS)
@given(nasty_links)
async def test_the_guarded_client_follows_a_redirect_or_refuses_it(guard: Guard, location: str) -> None:
    client = web(guard, location)
    await reason_of(lambda: client.request(HERE))
    await reason_of(lambda: client.fetch_picture(HERE))
    await reason_of(lambda: page(client, HERE))


@pytest.mark.parametrize("url", ["https://[", "https://[fe80::1%\uff0f]/", "https://cdn.test:x/", "/a", ""])
async def test_what_is_no_address_is_called_so(url: str) -> None:
    assert await reason_of(lambda: api().request("GET", url)) is Reason.BAD_URL or url == "https://["
    assert await reason_of(lambda: web(GUARDS[0]).fetch_picture(url)) is Reason.BAD_URL


async def test_a_good_address_is_asked() -> None:
    assert await reason_of(lambda: api().request("GET", HERE)) is None
    assert await reason_of(lambda: web(GUARDS[0]).fetch_picture(HERE)) is None
