"""What a service that waits for runs is sent, and that no trouble with it becomes ours."""

from __future__ import annotations

import asyncio
import re

import pytest

from talentimg.monitoring.ping import ping
from tests.http.servers import RawServer, answer, dripping
from tests.waiting import TIME_LIMIT

SECRET = "5eed-5eed"
OK = answer(b"OK")


async def pinged(
    server: RawServer, suffix: str = "start", rest: str = "", seconds: float = TIME_LIMIT
) -> str | None:
    """What comes of a ping, sent as a command would send it: from where no loop runs."""
    async with server.running():
        url = f"http://127.0.0.1:{server.port}/{SECRET}{rest}"
        return await asyncio.to_thread(ping, url, suffix, user_agent="ours/1", seconds=seconds)


def paths(server: RawServer) -> list[str]:
    return [request.split(b" ")[1].decode() for request in server.requests]


@pytest.mark.parametrize(
    ("rest", "suffix", "asked"),
    [
        ("", "start", "/start"),
        ("", "0", "/0"),
        ("", "/start", "/start"),
        ("/", "143", "/143"),
        ("?rid=7&create=1", "3", "/3?rid=7&create=1"),
        ("/nightly/?a=%2F#top", "start", "/nightly/start?a=%2F"),
    ],
)
async def test_the_suffix_goes_to_the_path_and_the_query_stays(rest: str, suffix: str, asked: str) -> None:
    server = RawServer(OK)
    assert await pinged(server, suffix, rest) is None
    assert paths(server) == [f"/{SECRET}{asked}"]
    assert server.requests[0].startswith(b"GET ")
    assert b"user-agent: ours/1" in server.requests[0].lower()


async def test_a_service_that_stumbles_is_told_again() -> None:
    server = RawServer(answer(status="503 Busy"), answer(status="502 Bad Gateway"), OK)
    assert await pinged(server) is None
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(b"gone", status="404 Not Found"), "answered with status 404"),
        (answer(b"", "Location: https://elsewhere.test/", status="301 Moved"), "answered with status 301"),
        (answer(status="500 Oops"), "answered with status 500"),
        (answer(b"OK (not found)"), "does not know a check with this address"),
        (answer(b"OK (rate limited)\n"), "ignored it because there were too many pings"),
    ],
)
async def test_a_refusal_is_one_sentence_without_the_secret(reply: bytes, why: str) -> None:
    assert await pinged(RawServer(reply), "0") == f"The ping (0) was refused: 127.0.0.1 {why}."


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
async def test_a_silent_or_dripping_service_is_not_waited_for(head: bytes) -> None:
    async with asyncio.timeout(TIME_LIMIT):
        said = await pinged(RawServer(dripping(head, drop=b"" if not head else b"x")), seconds=0.3)
    assert said == "The ping (start) did not get through: 127.0.0.1 did not answer in time."


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:1/{SECRET}",
        f"http://[::1/{SECRET}",
        f"http://127.0.0.1:99999/{SECRET}",
        f"http://127.0.0.1:0/{SECRET}",
        f"http://user:{SECRET}@127.0.0.1:1/{SECRET}?key={SECRET}",
        f"gopher://127.0.0.1/{SECRET}",
        f"http://127.0.0.1\x00/{SECRET}",
        f"http:///{SECRET}",
        f"{SECRET}",
        "",
    ],
)
def test_nobody_there_is_a_sentence_too(url: str) -> None:
    said = ping(url, "0", user_agent="ours/1", seconds=TIME_LIMIT)
    assert said is not None
    assert re.fullmatch(r"The ping \(0\) (did not get through|was not sent): .*\.", said), said
    assert SECRET not in said


def test_certificates_that_cannot_be_read_are_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    said = ping(f"https://127.0.0.1:1/{SECRET}", "0", user_agent="ours/1", seconds=TIME_LIMIT)
    assert said is not None
    assert SECRET not in said
