"""httpcore's stream with its socket at hand.

Before each request httpcore asks every idle connection of a pool whether it has become readable, which
means closed. To answer, its own stream works out all that is known of the socket, by several calls of
the system, each of which lets go of the interpreter while others decode pictures.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, Any

from talentimg.http._httpx import httpcore

if TYPE_CHECKING:
    import ssl


class WatchedStream(httpcore.AsyncNetworkStream):
    """A stream that finds out with one call whether there is something to read."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._socket = inner.get_extra_info("socket")
        self._poll = select.poll() if self._socket is not None else None
        if self._poll is not None and self._socket.fileno() >= 0:
            self._poll.register(self._socket.fileno(), select.POLLIN)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  httpcore's way
        """See httpcore."""
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  likewise
        """See httpcore."""
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """See httpcore."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  likewise
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
        # A socket that is gone counts as readable, as with httpcore.
        return self._socket.fileno() < 0 or bool(self._poll.poll(0))
