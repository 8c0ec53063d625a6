"""A file that one thread writes, and whose bytes are sent meanwhile. Only a little of it is held."""

from __future__ import annotations

import asyncio
import io
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

    from _typeshed import ReadableBuffer

CHUNK: Final = 64 * 1024
AHEAD: Final = 8
"""Chunks that may wait to be sent."""
PATIENCE_S: Final = 120.0
"""How long a reader who takes nothing is waited for."""


class Pipe(io.RawIOBase):
    """Written in a thread, read in a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """A pipe that is read in this loop."""
        super().__init__()
        self._loop = loop
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._held = bytearray()
        self._room = threading.Semaphore(AHEAD)
        self._has_left = False
        self._work: asyncio.Future[None] | None = None

    # -- the thread ---------------------------------------------------------------------------

    @contextmanager
    def file(self) -> Iterator[IO[bytes]]:
        """What the thread writes to. What is held when it fails is sent to nobody."""
        yield cast("IO[bytes]", self)
        if self._held:
            self._hand_over()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take some bytes; once they are enough, hand them over as soon as there is room.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        before = len(self._held)
        self._held += data
        written = len(self._held) - before
        if len(self._held) >= CHUNK:
            self._hand_over()
        return written

    def _hand_over(self) -> None:
        if self._has_left or not self._room.acquire(timeout=PATIENCE_S) or self._has_left:
            raise BrokenPipeError
        self._loop.call_soon_threadsafe(self._chunks.put_nowait, bytes(self._held))
        self._held.clear()

    # -- the loop -----------------------------------------------------------------------------

    def written_by(self, work: Awaitable[None]) -> None:
        """What writes it."""
        self._work = asyncio.ensure_future(work)
        self._work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Future[None]) -> None:
        if not work.cancelled():
            work.exception()  # it is told to whoever reads, if anybody does
        self._chunks.put_nowait(None)

    async def begun(self) -> AsyncIterator[bytes]:
        """All the bytes. What goes wrong before the first of them is raised here.

        Raises:
            Exception: what writing it raised.
        """
        return self._following(await self._next())

    async def _following(self, chunk: bytes | None) -> AsyncIterator[bytes]:
        while chunk is not None:
            yield chunk
            chunk = await self._next()

    async def _next(self) -> bytes | None:
        chunk = await self._chunks.get()
        self._room.release()
        if chunk is None and self._work is not None:
            await self._work
        return chunk

    def leave(self) -> None:
        """Nobody reads any more."""
        self._has_left = True
        self._room.release()
