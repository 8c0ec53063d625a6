"""httpcore's stream with a cheaper way to tell whether it was closed.

Before each request httpcore checks every idle connection of a pool for being readable, which means that
it was closed. Its own stream makes several system calls for that, each of which releases the
interpreter's lock while other threads decode pictures.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, Any

from talentimg.http._httpx import httpcore

if TYPE_CHECKING:
    import ssl


class WatchedStream(httpcore.AsyncNetworkStream):
    """A stream that needs a single system call to tell whether there is something to read."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._socket = inner.get_extra_info("socket")
        self._poll = select.poll() if self._socket is not None else None
        if self._poll is not None and self._socket.fileno() >= 0:
            self._poll.register(self._socket.fileno(), select.POLLIN)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  httpcore's signature
        """See httpcore."""
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  httpcore's signature
        """See httpcore."""
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """See httpcore."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """See httpcore."""
        try:
            return WatchedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))
        except asyncio.CancelledError:  # after an error httpcore closes it, but not when it is called off
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  httpcore's signature
        """See httpcore."""
        if info != "is_readable" or self._poll is None:
            return self._inner.get_extra_info(info)
        # A socket that is closed counts as readable, as in httpcore.
        return self._socket.fileno() < 0 or bool(self._poll.poll(0))
