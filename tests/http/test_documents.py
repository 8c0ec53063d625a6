"""Documents and pages from hosts that a talent chose."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import ProviderError
from talentimg.models import Reason
from tests.http.servers import answer, dripping, endless, redirect
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from talentimg.http.interface import Web
    from tests.http.conftest import Open
    from tests.http.servers import Answer

URL = "https://cdn.test/about?x=S3CRET"
HTML = "Content-Type: text/html"
MEBIBYTE = 2**20


# -- documents ----------------------------------------------------------------


async def test_a_document(opened: Open) -> None:
    async with opened(answer(gzip.compress(b'{"a": 1}'), "Content-Encoding: gzip")) as clients:
        reply = await clients.web.request(URL, headers={"Accept": "application/activity+json"})
        assert (reply.status, reply.json(), reply.url) == (200, {"a": 1}, "https://cdn.test/about")
        assert b"accept: application/activity+json\r\n" in clients.server.requests[0].lower()


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 501])
async def test_an_answer_that_is_no_good_is_returned(opened: Open, status: int) -> None:
    async with opened(answer(b'{"error": 1}', status=f"{status} No")) as clients:
        reply = await clients.web.request(URL)
        assert (reply.status, reply.tries) == (status, 1)


HEAD_429 = b"HTTP/1.1 429 Slow\r\nRetry-After: 90\r\n"


@pytest.mark.parametrize(
    "body",
    [
        dripping(HEAD_429 + b"\r\n"),
        endless(HEAD_429 + b"\r\n", b"[" * 65536),
        HEAD_429 + b"Content-Length: 100\r\n\r\n{",
        HEAD_429 + b"Content-Length: 99999999999\r\n\r\n",
        answer(b"?", "Content-Encoding: br", "Retry-After: 90", status="429 Slow"),
    ],
    ids=["dripping", "endless", "cut", "huge", "packed"],
)
async def test_too_many_requests_is_heard_whatever_its_body_does(opened: Open, body: Answer) -> None:
    async with opened(body) as clients:
        reply = await clients.web.request(URL)
    assert (reply.status, reply.headers["retry-after"], reply.body) == (429, "90", b"")


async def test_trouble_of_the_server_is_tried_again(opened: Open) -> None:
    async with opened(b"", answer(b"", status="500 No"), answer(b"{}")) as clients:
        assert (await clients.web.request(URL)).tries == 3


async def test_a_redirect_is_followed_and_the_last_address_told(opened: Open) -> None:
    async with opened(redirect("https://other.test/b?y=S3CRET"), answer(b"{}")) as clients:
        assert (await clients.web.request(URL)).url == "https://other.test/b"


async def test_a_long_document_is_refused(opened: Open) -> None:
    async with opened(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"[" * 65536)) as clients:
        with pytest.raises(ProviderError) as caught:
            await clients.web.request(URL)
        assert caught.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("name", ["Authorization", "COOKIE", "proxy-authorization"])
async def test_credentials_are_not_carried(opened: Open, name: str) -> None:
    async with opened(answer(b"{}")) as clients:
        with pytest.raises(ValueError, match="credentials"):
            await clients.web.request(URL, headers={name: "S3CRET"})
        with pytest.raises(ValueError, match="credentials"):
            async with clients.web.open_page(URL, headers={name: "S3CRET"}):
                pass
        assert clients.server.requests == []


async def test_a_header_that_cannot_be_sent_is_an_error_of_ours(opened: Open) -> None:
    async with opened(answer(b"{}")) as clients:
        with pytest.raises(ProviderError):
            await clients.web.request(URL, headers={"Accept": "\u20ac"})


# -- pages --------------------------------------------------------------------


async def read(web: Web) -> bytes:
    async with web.open_page(URL) as page:
        return b"".join([chunk async for chunk in page.chunks])


async def refused(opened: Open, *script: Answer, **options: Any) -> ProviderError:
    async with opened(*script, **options) as clients:
        with pytest.raises(ProviderError) as caught:
            await read(clients.web)
    assert "S3CRET" not in caught.value.message
    return caught.value


async def test_a_page_streams_unpacked(opened: Open) -> None:
    packed = answer(gzip.compress(b"<html>"), HTML, "Content-Encoding: gzip")
    async with opened(redirect("/b?y=1"), packed) as clients, clients.web.open_page(URL) as page:
        assert (page.status, page.headers["content-type"]) == (200, "text/html")
        assert page.url == "https://cdn.test/b?y=1"
        assert b"".join([chunk async for chunk in page.chunks]) == b"<html>"


@pytest.mark.parametrize("status", [403, 404, 429, 503])
async def test_a_page_has_any_status(opened: Open, status: int) -> None:
    async with opened(answer(b"", status=f"{status} No")) as clients, clients.web.open_page(URL) as page:
        assert page.status == status


async def test_a_long_page_ends_quietly_at_the_cap(opened: Open) -> None:
    async with opened(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_000)) as clients:
        assert len(await read(clients.web)) == MEBIBYTE


async def test_a_packed_bomb_ends_quietly_at_the_cap(opened: Open) -> None:
    bomb = gzip.compress(bytes(64 * MEBIBYTE))
    async with opened(answer(bomb, "Content-Encoding: gzip")) as clients:
        assert len(await read(clients.web)) == MEBIBYTE


async def test_leaving_closes_the_connection(opened: Open) -> None:
    async with opened(dripping(b"HTTP/1.1 200 OK\r\n\r\n<head>", every=0.02)) as clients:
        async with clients.web.open_page(URL) as page:
            async for chunk in page.chunks:
                assert chunk.startswith(b"<head>")
                break
            assert clients.server.open == 1
        await until(lambda: not clients.server.open)


async def test_a_dripping_page_ends_at_the_total_deadline(opened: Open) -> None:
    async with asyncio.timeout(TIME_LIMIT):
        error = await refused(opened, dripping(b"HTTP/1.1 200 OK\r\n\r\n"), timeout_s=0.5)
    assert error.reason is Reason.TIMEOUT


async def test_a_page_that_never_begins_ends_at_the_total_deadline(opened: Open) -> None:
    async with asyncio.timeout(TIME_LIMIT):
        error = await refused(opened, dripping(b"", b""), timeout_s=0.5)
    assert error.reason is Reason.TIMEOUT


async def test_a_page_that_breaks_off_says_so_where_it_is_read(opened: Open) -> None:
    async with opened(answer(b"<html>", length=100)) as clients, clients.web.open_page(URL) as page:
        with pytest.raises(ProviderError) as caught:
            await _drain(page.chunks)
        assert caught.value.reason is Reason.PROTOCOL


async def test_a_page_packed_otherwise_is_refused(opened: Open) -> None:
    assert (await refused(opened, answer(b"x", "Content-Encoding: br"))).reason is Reason.ENCODING


async def test_a_connection_that_fails_is_tried_again(opened: Open) -> None:
    async with opened(b"", answer(b"<html>")) as clients:
        assert await read(clients.web) == b"<html>"


async def test_the_callers_own_errors_go_through(opened: Open) -> None:
    async with opened(answer(b"<html>")) as clients:
        for error in (OSError("theirs"), TimeoutError("theirs"), KeyError("theirs")):
            with pytest.raises(type(error), match="theirs"):
                async with clients.web.open_page(URL):
                    raise error


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    async for _ in chunks:
        pass
