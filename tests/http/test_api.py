"""The client for platform APIs."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import ProviderError
from talentimg.models import Reason
from tests.http.conftest import PUBLIC
from tests.http.servers import answer, dripping, endless, redirect
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    from talentimg.http.interface import Reply
    from tests.http.conftest import Open
    from tests.http.servers import Answer

URL = "https://cdn.test/v1/me?access_token=S3CRET"
JSON = "Content-Type: application/json"


async def asked(opened: Open, *script: Answer, **options: Any) -> Reply:
    async with opened(*script, **options) as clients:
        return await clients.api.request("GET", URL)


async def trouble(opened: Open, *script: Answer, **options: Any) -> ProviderError:
    async with opened(*script, **options) as clients:
        with pytest.raises(ProviderError) as caught:
            await clients.api.request("GET", URL)
    assert "S3CRET" not in repr(caught.value)
    assert "cdn.test" in caught.value.message
    return caught.value


async def test_a_whole_answer(opened: Open) -> None:
    reply = await asked(opened, answer(b'{"a": 1}', JSON, "X-Odd-NAME: Value", "Vary: a", "Vary: b"))
    assert (reply.status, reply.json(), reply.tries) == (200, {"a": 1}, 1)
    assert (reply.headers["x-odd-name"], reply.headers["vary"]) == ("Value", "a, b")
    assert reply.url == "https://cdn.test/v1/me"


async def test_a_request_is_sent_as_told(opened: Open) -> None:
    async with opened(answer(b"{}")) as clients:
        await clients.api.request(
            "POST",
            "https://cdn.test/v1?fixed=1&both=old",
            params=[("both", "new"), ("many", "a"), ("many", "b&c")],
            headers={"Authorization": "Bearer S3CRET", "Accept": "text/plain"},
            form={"grant": "refresh", "x": "ä"},
        )
        head, _, body = clients.server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1?fixed=1&both=new&many=a&many=b%26c HTTP/1.1\r\n")
    assert body == b"grant=refresh&x=%C3%A4"
    sent = head.lower()
    for header in (
        b"authorization: bearer s3cret",
        b"accept: text/plain",
        b"user-agent: tests/1",
        b"accept-encoding: gzip",
    ):
        assert sent.count(header) == 1
    assert sent.count(b"\naccept:") == 1


async def test_params_as_a_mapping(opened: Open) -> None:
    async with opened(answer(b"{}")) as clients:
        await clients.api.request("GET", "https://cdn.test/", params={"a": "1", "b": "x y"})
        await clients.api.request("GET", "https://cdn.test/?kept=1", params={})
        assert clients.paths == ["/?a=1&b=x+y", "/?kept=1"]


@pytest.mark.parametrize(
    "status", ["301 Moved", "400 Bad", "401 No", "403 No", "404 No", "408 Slow", "429 Slow", "501 No"]
)
async def test_an_answer_that_is_no_good_is_returned_and_not_tried_again(opened: Open, status: str) -> None:
    reply = await asked(opened, answer(b'{"error": 1}', status=status))
    assert (reply.status, reply.tries, reply.json()) == (int(status[:3]), 1, {"error": 1})


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
        reply = await clients.api.request("GET", URL)
    assert (reply.status, reply.headers["retry-after"], reply.body) == (429, "90", b"")


async def test_trouble_of_the_server_is_tried_again(opened: Open) -> None:
    bad = answer(b"", status="503 Busy")
    assert (await asked(opened, bad, bad, answer(b"{}"))).tries == 3
    reply = await asked(opened, bad)
    assert (reply.status, reply.tries) == (503, 3)


async def test_a_server_that_asks_for_a_longer_wait_is_left_alone(opened: Open) -> None:
    assert (await asked(opened, answer(b"", "Retry-After: 60", status="503 Busy"))).tries == 1


async def test_a_cut_answer_is_tried_again(opened: Open) -> None:
    cut = answer(b"{", length=100)
    assert (await asked(opened, b"", cut, answer(b"{}"))).tries == 3
    error = await trouble(opened, cut)
    assert (error.reason, error.tries) == (Reason.PROTOCOL, 3)


async def test_a_form_is_sent_once_as_it_may_have_counted(opened: Open) -> None:
    async with opened(b"", answer(b"{}")) as clients:
        with pytest.raises(ProviderError) as caught:
            await clients.api.request("POST", "https://cdn.test/", form={"a": "b"})
        assert (caught.value.reason, caught.value.tries) == (Reason.PROTOCOL, 1)
        assert [request.endswith(b"\r\n\r\na=b") for request in clients.server.requests] == [True]


async def test_what_cannot_be_reached_is_told_apart(opened: Open) -> None:
    async with opened(answer(b"{}")) as clients:
        for url, reason in (
            ("https://missing.test/", Reason.DNS),
            ("http://cdn.test/", Reason.PROTOCOL),  # the server speaks TLS there
            ("https://cdn.test/\ud800", Reason.BAD_URL),
            ("https://[::1/", Reason.BAD_URL),
            ("https://cdn.test:99999/", Reason.PORT),
            ("https://127.0.0.1:0/", Reason.PORT),
            ("ftp://cdn.test/", Reason.SCHEME),
        ):
            with pytest.raises(ProviderError) as caught:
                await clients.api.request("GET", url)
            assert caught.value.reason is reason, url
        clients.wire.port = 1
        with pytest.raises(ProviderError) as caught:
            await clients.api.request("GET", URL)
        assert (caught.value.reason, caught.value.tries) == (Reason.UNREACHABLE, 3)


async def test_a_header_that_cannot_be_sent_is_an_error_of_ours(opened: Open) -> None:
    async with opened(answer(b"{}")) as clients:
        for value in ("ä€", "a\r\nX-Evil: b"):
            with pytest.raises(ProviderError):
                await clients.api.request("GET", URL, headers={"X-Odd": value})
        assert not any(b"evil" in request.lower() for request in clients.server.requests)


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX"], ids=["status line", "body", "headers"]
)
async def test_a_dripping_answer_ends_at_the_total_deadline(opened: Open, head: bytes) -> None:
    async with asyncio.timeout(TIME_LIMIT):
        error = await trouble(opened, dripping(head), timeout_s=0.5)
    assert error.reason is Reason.TIMEOUT


async def test_a_host_that_is_silent_before_the_connection_is_secure_did_not_answer_in_time(
    opened: Open,
) -> None:
    assert (await trouble(opened, answer(b"{}"), tls=None, timeout_s=0.5)).reason is Reason.TIMEOUT


async def test_whoever_gives_up_before_the_connection_is_secure_leaves_none_open(opened: Open) -> None:
    async with opened(answer(b"{}"), tls=None) as clients:
        asking = asyncio.create_task(clients.api.request("GET", URL))
        await until(lambda: clients.server.open)
        asking.cancel()
        await asyncio.wait([asking])
        await until(lambda: not clients.server.open)


# -- bodies -------------------------------------------------------------------


async def test_gzip_is_unpacked(opened: Open) -> None:
    reply = await asked(opened, answer(gzip.compress(b'{"a": 1}'), "Content-Encoding: gzip"))
    assert reply.json() == {"a": 1}


async def test_an_empty_body_is_no_broken_gzip(opened: Open) -> None:
    assert (await asked(opened, answer(b"", "Content-Encoding: gzip", status="204 No"))).body == b""


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"not gzip", "gzip"),
        (b"x", "br"),
        (b"x", "deflate"),
        (gzip.compress(b"{}", mtime=0), "gzip, gzip"),
        (b"x", "gzip" + 5 * ", gzip"),
    ],
)
async def test_other_packing_is_refused(opened: Open, body: bytes, encoding: str) -> None:
    assert (await trouble(opened, answer(body, f"Content-Encoding: {encoding}"))).reason is Reason.ENCODING


async def test_a_cut_gzip_is_a_cut_answer(opened: Open) -> None:
    packed = gzip.compress(bytes(range(256)) * 40)[:-20]
    error = await trouble(opened, answer(packed, "Content-Encoding: gzip"))
    assert (error.reason, error.tries) == (Reason.PROTOCOL, 3)


async def test_a_bomb_is_refused_before_it_is_unpacked(opened: Open) -> None:
    bomb = gzip.compress(bytes(200 * 2**20), 9)
    async with opened(answer(bomb, "Content-Encoding: gzip")) as clients:
        tracemalloc.start()
        with pytest.raises(ProviderError) as caught:
            await clients.api.request("GET", URL)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert caught.value.reason is Reason.TOO_LARGE
    assert peak < 16 * 2**20


async def test_a_long_answer_is_refused(opened: Open) -> None:
    endless_body = endless(b"HTTP/1.1 200 OK\r\n\r\n", b"[" * 65536)
    assert (await trouble(opened, endless_body, max_body_bytes=1000)).reason is Reason.TOO_LARGE
    announced = answer(b"", length=50_000_000)
    assert (await trouble(opened, announced)).reason is Reason.TOO_LARGE


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe{", "{}".encode("utf-16"), b"[" * 100_000, b""])
async def test_what_is_no_json_is_an_error_of_ours(opened: Open, body: bytes) -> None:
    reply = await asked(opened, answer(body))
    with pytest.raises(ProviderError) as caught:
        reply.json()
    assert caught.value.reason is Reason.BAD_JSON


async def test_json_with_a_byte_order_mark_is_read(opened: Open) -> None:
    assert (await asked(opened, answer(b"\xef\xbb\xbf{}"))).json() == {}


# -- redirects and credentials ------------------------------------------------


SECRETS = {"Authorization": "Bearer S3CRET", "X-Api-Key": "S3CRET"}


async def test_a_redirect_is_shown_unless_it_is_to_be_followed(opened: Open) -> None:
    async with opened(redirect("/b"), answer(b"{}")) as clients:
        assert (await clients.api.request("GET", URL)).status == 302


async def test_a_redirect_on_the_same_origin_is_followed_with_credentials(opened: Open) -> None:
    async with opened(redirect("/users/42"), answer(b"{}"), close=False) as clients:
        reply = await clients.api.request("GET", URL, headers=SECRETS, follow_redirects=True)
        assert (reply.status, reply.url) == (200, "https://cdn.test/users/42")
        assert clients.server.requests[1].count(b"S3CRET") == 2  # not the one in the first query


@pytest.mark.parametrize(
    "location",
    [
        "https://other.test/",
        "//other.test/",
        "http://cdn.test/",
        "https://cdn.test:8443/",
        "https://u:p@cdn.test/",
        "https://cdn.test.evil.test/",
        "https://[::1/",
        "",
        "file:///etc/passwd",
    ],
)
async def test_credentials_go_to_no_other_origin(opened: Open, location: str) -> None:
    async with opened(redirect(location), answer(b"{}")) as clients:
        reply = await clients.api.request("GET", URL, headers=SECRETS, follow_redirects=True)
        assert reply.status == 302
        assert clients.wire.dialled == [(PUBLIC, 443)]
        assert len(clients.server.requests) == 1


async def test_three_redirects_are_followed_and_no_fourth(opened: Open) -> None:
    hop = redirect("/next")
    async with opened(hop, hop, hop, hop, answer(b"{}"), close=False) as clients:
        assert (await clients.api.request("GET", URL, follow_redirects=True)).status == 302
        assert len(clients.server.requests) == 4


async def test_a_form_is_not_sent_on(opened: Open) -> None:
    async with opened(redirect("/b", status="307 Again"), answer(b"{}")) as clients:
        reply = await clients.api.request("POST", URL, form={"a": "b"}, follow_redirects=True)
        assert (reply.status, len(clients.server.requests)) == (307, 1)


async def test_no_cookie_is_kept_or_sent(opened: Open) -> None:
    async with opened(answer(b"{}", "Set-Cookie: a=b; Path=/"), close=False) as clients:
        for _ in range(3):
            await clients.api.request("GET", URL)
        assert not any(b"cookie" in request.lower() for request in clients.server.requests)
        assert clients.server.connections == 1


async def test_credentials_of_the_machine_are_not_used(
    opened: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    (tmp_path / "netrc").write_text("machine cdn.test login me password S3CRET")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with opened(answer(b"{}")) as clients:
        await clients.api.request("GET", "https://cdn.test/")
        assert b"authorization" not in clients.server.requests[0].lower()
