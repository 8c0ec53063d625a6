"""Many connections without the cost of one large pool.

httpcore scans its whole pool whenever a connection is taken or given back, so the work grows with the
square of the connections, and above about 60 throughput collapses. Several small pools avoid that.
Everything else that httpx offers stays: each shard is an ordinary `AsyncHTTPTransport`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.http._httpx import httpcore, httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Sequence

SHARD_SIZE = 5
_KEEP_ALIVE_S = 15.0


class BackedTransport(httpx.AsyncHTTPTransport):
    """An ordinary httpx transport whose sockets come from our own backend.

    httpx has no argument for httpcore's public `network_backend`, so its one attribute is set
    here. If httpx renames it, every request fails at once; none bypasses the backend.
    """

    def __init__(
        self,
        *,
        backend: httpcore.AsyncNetworkBackend,
        ssl_context: ssl.SSLContext,
        connections: int = SHARD_SIZE,
        keep_alive: bool = True,
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            network_backend=backend,
            ssl_context=ssl_context,
            max_connections=connections,
            max_keepalive_connections=connections if keep_alive else 0,
            keepalive_expiry=_KEEP_ALIVE_S,
        )


class _Shard:
    __slots__ = ("busy", "transport")

    def __init__(self, transport: httpx.AsyncHTTPTransport) -> None:
        self.transport = transport
        self.busy = 0


class ShardedTransport(httpx.AsyncBaseTransport):
    """Sends each request to the least busy of several transports.

    A request counts until the stream of its answer is closed, not just until the headers have
    arrived: it holds its connection until then.
    """

    def __init__(self, transports: Sequence[httpx.AsyncHTTPTransport]) -> None:
        self._shards = [_Shard(transport) for transport in transports]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request through the least busy shard; the first of several that are equally busy."""
        shard = min(self._shards, key=lambda shard: shard.busy)
        shard.busy += 1
        try:
            response = await shard.transport.handle_async_request(request)
        except BaseException:
            shard.busy -= 1
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _CountedStream(response.stream, shard)
        return response

    async def aclose(self) -> None:
        """Close every shard."""
        for shard in self._shards:
            await shard.transport.aclose()


class _CountedStream(httpx.AsyncByteStream):
    """A stream that no longer counts as a request of its shard once it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, shard: _Shard) -> None:
        self._stream = stream
        self._shard: _Shard | None = shard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            if self._shard:
                self._shard.busy -= 1
                self._shard = None


def sharded(
    connections: int,
    *,
    backend: httpcore.AsyncNetworkBackend,
    ssl_context: ssl.SSLContext,
    keep_alive: bool = True,
) -> ShardedTransport:
    """A transport for this many simultaneous connections, all with the same TLS context."""
    return ShardedTransport(
        [
            BackedTransport(backend=backend, ssl_context=ssl_context, keep_alive=keep_alive)
            for _ in range(max(1, -(-connections // SHARD_SIZE)))
        ]
    )
