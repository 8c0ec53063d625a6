"""What the guarded client makes of a server's answer where a picture should be."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from talentimg.errors import PictureError
from talentimg.http.interface import Fetched, NotModified
from talentimg.http.retry_after import LONGEST_PAUSE
from talentimg.models import Reason
from tests.http.servers import answer, dripping, endless, redirect
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    from talentimg.errors import SourceError
    from tests.http.conftest import Open
    from tests.http.servers import Answer

URL = "https://cdn.test/a.png?token=S3CRET"
PNG = "Content-Type: image/png"


async def trouble(opened: Open, *script: Answer, **options: Any) -> SourceError:
    async with opened(*script, **options) as clients:
        with pytest.raises(PictureError) as caught:
            await clients.web.fetch_picture(URL)
    assert "S3CRET" not in caught.value.message
    assert "S3CRET" not in repr(caught.value)
    return caught.value


async def fetched(opened: Open, *script: Answer) -> Fetched:
    async with opened(*script) as clients:
        picture = await clients.web.fetch_picture(URL)
    assert isinstance(picture, Fetched)
    return picture


async def test_room_is_asked_for_while_the_bytes_come(opened: Open) -> None:
    class Room:
        sizes: ClassVar[list[int]] = []

        async def make(self, size: int) -> None:
            self.sizes.append(size)

    body = bytes(500_000)
    async with opened(answer(body, PNG)) as clients:
        await clients.web.fetch_picture(URL, room=Room())
    assert Room.sizes == sorted(Room.sizes)
    assert len(Room.sizes) > 1
    assert Room.sizes[-1] == len(body)


# -- types --------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Type: image/png"],
        ["Content-Type: IMAGE/WEBP; charset=binary"],
        ["Content-Type: application/octet-stream"],
        ["Content-Type: binary/octet-stream"],
        ["Content-Type:"],
        ['Content-Type: image/png; name="a,b.png"'],
        [],
    ],
)
async def test_a_picture_is_taken_for_its_bytes(opened: Open, headers: list[str]) -> None:
    assert (await fetched(opened, answer(b"bytes", *headers))).body == b"bytes"


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Type: text/html"],
        ["Content-Type: text/html; charset=utf-8"],
        ["Content-Type: application/json"],
        ["Content-Type: image/png, text/html; charset=UTF-8"],
        ["Content-Type: image/png", "Content-Type: text/html"],
        ["Content-Type: nonsense"],
    ],
)
async def test_what_says_that_it_is_no_picture_is_refused(opened: Open, headers: list[str]) -> None:
    assert (await trouble(opened, answer(b"bytes", *headers))).reason is Reason.TYPE


# -- lengths ------------------------------------------------------------------


async def test_a_cut_body_is_tried_again_and_then_a_protocol_error(opened: Open) -> None:
    error = await trouble(opened, answer(b"0123456789", PNG, length=100))
    assert (error.reason, error.tries) == (Reason.PROTOCOL, 3)


async def test_a_body_longer_than_it_says_ends_where_it_says(opened: Open) -> None:
    assert (await fetched(opened, answer(b"0123456789", PNG, length=5))).body == b"01234"


@pytest.mark.parametrize("length", ["50000000", "9" * 19, "9" * 30])
async def test_an_announced_excess_is_refused_before_it_is_read(opened: Open, length: str) -> None:
    head = f"HTTP/1.1 200 OK\r\n{PNG}\r\nContent-Length: {length}\r\n\r\n".encode()
    assert (await trouble(opened, dripping(head))).reason in {Reason.TOO_LARGE, Reason.PROTOCOL}


async def test_an_endless_body_is_dropped_at_the_cap_and_memory_stays_flat(opened: Open) -> None:
    head = f"HTTP/1.1 200 OK\r\n{PNG}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    async with opened(endless(head, chunk), max_picture_bytes=2**20) as clients:
        tracemalloc.start()
        with pytest.raises(PictureError) as caught:
            await clients.web.fetch_picture(URL)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert caught.value.reason is Reason.TOO_LARGE
        assert peak < 16 * 2**20
        await until(lambda: not clients.server.open)


async def test_a_picture_of_just_the_cap_is_taken(opened: Open) -> None:
    async with opened(answer(b"12345", PNG), answer(b"123456", PNG), max_picture_bytes=5) as clients:
        assert isinstance(await clients.web.fetch_picture(URL), Fetched)
        with pytest.raises(PictureError):
            await clients.web.fetch_picture(URL)


async def test_an_empty_body_is_no_picture(opened: Open) -> None:
    assert (await trouble(opened, answer(b"", PNG))).reason is Reason.NOT_IMAGE


# -- time ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "slow",
    [
        dripping(f"HTTP/1.1 200 OK\r\n{PNG}\r\n\r\n".encode()),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X"),
        dripping(b""),
        dripping(f"HTTP/1.1 200 OK\r\n{PNG}\r\nContent-Length: 100\r\n\r\n".encode(), b""),
    ],
    ids=["body", "headers", "status line", "silence"],
)
async def test_a_dripping_answer_ends_at_the_total_deadline(opened: Open, slow: Answer) -> None:
    async with asyncio.timeout(TIME_LIMIT):
        error = await trouble(opened, slow, picture_timeout_s=0.6)
    assert error.reason is Reason.TIMEOUT


# -- packing ------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["gzip", "br", "deflate", "gzip, gzip, gzip, gzip, gzip, gzip", "x", "identity, gzip"]
)
async def test_a_packed_picture_is_refused(opened: Open, encoding: str) -> None:
    body = gzip.compress(b"picture")
    assert (
        await trouble(opened, answer(body, PNG, f"Content-Encoding: {encoding}"))
    ).reason is Reason.ENCODING


async def test_no_packing_is_asked_for(opened: Open) -> None:
    async with opened(answer(b"x", PNG, "Content-Encoding: identity")) as clients:
        await clients.web.fetch_picture(URL)
        assert b"\r\naccept-encoding: identity\r\n" in clients.server.requests[0].lower()


# -- redirects ----------------------------------------------------------------


async def test_three_redirects_are_followed_and_no_fourth(opened: Open) -> None:
    hop = redirect("/next")
    assert (await fetched(opened, hop, hop, hop, answer(b"x", PNG))).body == b"x"
    async with opened(hop, hop, hop, hop, answer(b"x", PNG)) as clients:
        with pytest.raises(PictureError) as caught:
            await clients.web.fetch_picture(URL)
        assert (caught.value.reason, len(clients.server.requests)) == (Reason.HOPS, 4)


async def test_a_ring_of_redirects_ends(opened: Open) -> None:
    assert (await trouble(opened, redirect(URL))).reason is Reason.HOPS


@pytest.mark.parametrize(
    "answered",
    [
        answer(b"", status="302 Found"),
        redirect(""),
        redirect("https://"),
        redirect("https://[::1/"),
        redirect("/" + "a" * 3000),
        answer(b"", "Location: /a", "Location: /b", status="302 Found"),
    ],
)
async def test_a_redirect_to_nowhere_is_refused(opened: Open, answered: bytes) -> None:
    assert (await trouble(opened, answered)).reason is Reason.REDIRECT


# -- statuses -----------------------------------------------------------------


@pytest.mark.parametrize(
    "status",
    [
        "204 No Content",
        "206 Partial",
        "304 Not Modified",
        "300 Many",
        "401 No",
        "403 No",
        "501 No",
    ],
)
async def test_any_other_status_is_refused_at_once(opened: Open, status: str) -> None:
    error = await trouble(opened, f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    assert (error.reason, error.tries, error.retry_at) == (Reason.STATUS, 1, None)
    assert status[:3] in error.message


@pytest.mark.parametrize("status", ["404 No", "410 Gone"])
async def test_an_address_without_a_picture_is_told_apart(opened: Open, status: str) -> None:
    error = await trouble(opened, f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    assert (error.reason, error.tries) == (Reason.MISSING, 1)
    assert status[:3] in error.message


async def test_trouble_of_the_server_is_tried_again(opened: Open) -> None:
    bad = answer(b"", status="503 Busy")
    assert (await fetched(opened, bad, bad, answer(b"x", PNG))).body == b"x"
    error = await trouble(opened, bad)
    assert (error.reason, error.tries) == (Reason.STATUS, 3)


async def test_a_server_that_asks_for_a_longer_wait_is_left_alone(opened: Open) -> None:
    asked = datetime.now(UTC)
    error = await trouble(opened, answer(b"", "Retry-After: 120", status="503 Busy"))
    assert (error.reason, error.tries) == (Reason.STATUS, 1)
    assert error.retry_at is not None
    assert error.retry_at - asked >= timedelta(seconds=120)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Wed, 21 Oct 2099 07:28:00 GMT", LONGEST_PAUSE),
        ("1.5", timedelta(minutes=15)),
    ],
)
async def test_too_many_requests_says_when_to_come_back(opened: Open, value: str, wait: timedelta) -> None:
    asked = datetime.now(UTC)
    error = await trouble(opened, answer(b"", f"Retry-After: {value}", status="429 Slow down"))
    assert (error.reason, error.tries) == (Reason.THROTTLED, 1)
    assert error.retry_at is not None
    assert asked + wait <= error.retry_at <= datetime.now(UTC) + wait, "counted from the answer"


@pytest.mark.parametrize("value", ["0", "-5", "soon", "", "Wed, 21 Oct 2015 07:28:00 GMT"])
async def test_too_many_requests_may_name_no_time(opened: Open, value: str) -> None:
    error = await trouble(opened, answer(b"", f"Retry-After: {value}", status="429 Slow down"))
    assert (error.reason, error.tries, error.retry_at) == (Reason.THROTTLED, 1, None)


# -- not HTTP -----------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"HTTP/1.1 99 No\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
    ],
    ids=["nothing", "ssh", "status 99", "long header", "two lengths", "bad chunk", "bytes"],
)
async def test_what_is_not_http_is_tried_again_and_then_a_protocol_error(opened: Open, raw: bytes) -> None:
    error = await trouble(opened, raw)
    assert (error.reason, error.tries) == (Reason.PROTOCOL, 3)


async def test_a_server_without_tls_is_no_server(opened: Open) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(status="400 This is plain HTTP"))
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as plain, opened(answer()) as clients:
        clients.wire.port = plain.sockets[0].getsockname()[1]
        with pytest.raises(PictureError) as caught:
            await clients.web.fetch_picture(URL)
    assert caught.value.reason in {Reason.TLS, Reason.UNREACHABLE}


async def test_a_port_where_nobody_listens_is_unreachable(opened: Open) -> None:
    async with opened(answer(b"x", PNG)) as clients:
        clients.wire.port = 1
        with pytest.raises(PictureError) as caught:
            await clients.web.fetch_picture(URL)
    assert (caught.value.reason, caught.value.tries) == (Reason.UNREACHABLE, 3)
    assert caught.value.hint


# -- validators ---------------------------------------------------------------


async def test_an_unchanged_picture_is_not_sent_again(opened: Open) -> None:
    first = answer(b"x", PNG, 'ETag: "abc"', "Last-Modified: Tue, 24 Nov 2026 02:00:00 GMT")
    async with opened(first, b"HTTP/1.1 304 Not Modified\r\n\r\n") as clients:
        picture = await clients.web.fetch_picture(URL)
        assert isinstance(picture, Fetched)
        again = await clients.web.fetch_picture(URL, etag=picture.etag, last_modified=picture.last_modified)
        assert isinstance(again, NotModified)
        sent = clients.server.requests[1].lower()
        assert b'if-none-match: "abc"\r\n' in sent
        assert b"if-modified-since: tue, 24 nov 2026 02:00:00 gmt\r\n" in sent


async def test_validators_go_along_a_redirect(opened: Open) -> None:
    async with opened(redirect("/b"), b"HTTP/1.1 304 Not Modified\r\n\r\n") as clients:
        assert isinstance(await clients.web.fetch_picture(URL, etag='"abc"'), NotModified)


@pytest.mark.parametrize("date", ["tö", "0", "-1", "now", "2026-11-24", "1764000000"])
async def test_a_validator_that_cannot_be_sent_back_is_not_kept(opened: Open, date: str) -> None:
    picture = await fetched(opened, answer(b"x", PNG, "ETag: " + "a" * 600, f"Last-Modified: {date}"))
    assert (picture.etag, picture.last_modified) == (None, None)


async def test_a_stored_validator_that_cannot_be_sent_is_left_out(opened: Open) -> None:
    async with opened(answer(b"x", PNG)) as clients:
        assert isinstance(await clients.web.fetch_picture(URL, etag="ä\r\nX: y"), Fetched)
        assert b"if-none-match" not in clients.server.requests[0].lower()


# -- manners ------------------------------------------------------------------


async def test_no_cookie_is_kept_or_sent(opened: Open) -> None:
    setting = answer(b"x", PNG, "Set-Cookie: a=b; Path=/")
    async with opened(
        setting, answer(b"", "Set-Cookie: c=d", "Location: /b", status="302 F"), setting
    ) as clients:
        await clients.web.fetch_picture(URL)
        await clients.web.fetch_picture(URL)
        await clients.web.fetch_picture(URL, hosts=("cdn.test",))
        assert len(clients.server.requests) == 4
        assert not any(b"cookie" in request.lower() for request in clients.server.requests)


async def test_we_introduce_ourselves(opened: Open) -> None:
    async with opened(answer(b"x", PNG)) as clients:
        await clients.web.fetch_picture(URL)
        assert b"user-agent: tests/1\r\n" in clients.server.requests[0].lower()


async def test_connections_are_kept_for_listed_hosts_and_for_nobody_else(opened: Open) -> None:
    async with opened(answer(b"x", PNG), close=False) as clients:
        for _ in range(3):
            await clients.web.fetch_picture(URL, hosts=(".test",))
        assert clients.server.connections == 1
        for _ in range(3):
            await clients.web.fetch_picture(URL)
        assert clients.server.connections == 4
        assert clients.wire.looked_up == 4 * ["cdn.test"]


async def test_many_pictures_at_once(opened: Open) -> None:
    async with opened(answer(b"x", PNG), close=False, connections=40) as clients:
        async with asyncio.TaskGroup() as group:
            for _ in range(120):
                group.create_task(clients.web.fetch_picture(URL, hosts=("cdn.test",)))
        assert len(clients.server.requests) == 120
        assert clients.server.connections <= 40
