"""Many small pools: the least busy gets the request, and counts it until its answer is closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from talentimg.http._httpx import httpcore, httpx
from talentimg.http.dial import JudgingBackend, Resolver
from talentimg.http.guard import anywhere
from talentimg.http.sharded import SHARD_SIZE, ShardedTransport, sharded
from tests.http.servers import RawServer, Wire, answer

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from pytest_httpx import HTTPXMock

REQUEST = httpx.Request("GET", "https://api.test/")


class Stream(httpx.AsyncByteStream):
    def __init__(self) -> None:
        self.closed = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"body"

    async def aclose(self) -> None:
        self.closed += 1


class FakeTransport(httpx.AsyncHTTPTransport):
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.asked = 0
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.error:
            raise self.error
        return httpx.Response(200, stream=Stream())

    async def aclose(self) -> None:
        self.closed = True


async def test_the_least_busy_shard_gets_the_request() -> None:
    shards = [FakeTransport() for _ in range(3)]
    transport = ShardedTransport(shards)
    answers = [await transport.handle_async_request(REQUEST) for _ in range(4)]
    assert [shard.asked for shard in shards] == [2, 1, 1]
    await answers[1].aclose()
    await transport.handle_async_request(REQUEST)
    assert [shard.asked for shard in shards] == [2, 2, 1]


async def test_a_request_counts_until_its_answer_is_closed_and_once_only() -> None:
    shards = [FakeTransport(), FakeTransport()]
    transport = ShardedTransport(shards)
    first = await transport.handle_async_request(REQUEST)
    assert isinstance(first.stream, httpx.AsyncByteStream)
    assert [chunk async for chunk in first.stream] == [b"body"]  # read to the end is not yet closed
    await transport.handle_async_request(REQUEST)
    assert [shard.asked for shard in shards] == [1, 1]
    await first.stream.aclose()
    await first.stream.aclose()
    for _ in range(3):
        await transport.handle_async_request(REQUEST)
    assert [shard.asked for shard in shards] == [3, 2]


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), asyncio.CancelledError()])
async def test_a_request_that_fails_no_longer_counts(error: BaseException) -> None:
    shards = [FakeTransport(error), FakeTransport()]
    transport = ShardedTransport(shards)
    for _ in range(2):
        with pytest.raises(type(error)):
            await transport.handle_async_request(REQUEST)
    assert [shard.asked for shard in shards] == [2, 0]


async def test_closing_closes_every_shard() -> None:
    shards = [FakeTransport(), FakeTransport()]
    async with ShardedTransport(shards):
        pass
    assert all(shard.closed for shard in shards)


def backend(wire: Wire) -> JudgingBackend:
    return JudgingBackend(resolver=Resolver(wire.look_up), judge=anywhere, connect=wire.connect)


async def test_pytest_httpx_still_intercepts(httpx_mock: HTTPXMock, server_tls: ssl.SSLContext) -> None:
    httpx_mock.add_response(json={"ok": True})
    wire = Wire({})
    async with sharded(30, backend=backend(wire), ssl_context=server_tls) as transport:
        response = await transport.handle_async_request(REQUEST)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        assert b"".join([chunk async for chunk in response.stream]) == b'{"ok":true}'
        await response.aclose()
    assert wire.dialled == []


@pytest.mark.parametrize(
    ("connections", "shards"), [(1, 1), (0, 1), (SHARD_SIZE, 1), (SHARD_SIZE + 1, 2), (200, 40)]
)
def test_a_shard_for_every_five_connections(
    connections: int, shards: int, server_tls: ssl.SSLContext
) -> None:
    transport = sharded(connections, backend=backend(Wire({})), ssl_context=server_tls)
    assert len(transport._shards) == shards


async def test_no_local_socket_is_ever_opened() -> None:
    from talentimg.http.faults import Fault

    with pytest.raises(Fault):
        await backend(Wire({})).connect_unix_socket("/var/run/docker.sock")


async def test_httpx_still_takes_our_pool(server_tls: ssl.SSLContext) -> None:
    """Should httpx rename its attribute, nothing may go past the backend."""
    async with RawServer(answer(b"{}")).running() as server:
        wire = Wire({"api.test": ["127.0.0.1"]}, server.port)
        async with sharded(1, backend=backend(wire), ssl_context=server_tls) as transport:
            response = await transport.handle_async_request(httpx.Request("GET", "http://api.test/"))
            await response.aclose()
        assert wire.dialled == [("127.0.0.1", 80)]
        assert isinstance(transport._shards[0].transport._pool, httpcore.AsyncConnectionPool)
