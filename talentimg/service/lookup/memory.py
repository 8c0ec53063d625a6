"""How many large pictures are held in memory at once, from their first bytes until they are stored."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SMALL: Final = 1 << 20
"""Pictures of up to a megabyte are not counted: hardly any platform serves larger ones."""
LARGE_AT_ONCE: Final = 8
"""How many may be larger. Fifty hosts that each send almost as much as is allowed, and then stall, would
otherwise hold half a gigabyte."""


class LargePictures:
    """Bounds how many there are at once."""

    def __init__(self, at_once: int = LARGE_AT_ONCE) -> None:
        """None so far.

        Args:
            at_once: how many there may be.
        """
        self._slots = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def room(self) -> AsyncIterator[RoomForOne]:
        """Room for one picture, which is free again afterwards."""
        room = RoomForOne(self._slots)
        try:
            yield room
        finally:
            room.leave()


class RoomForOne:
    """A `Room`: it takes a place among the large ones when its picture turns out to be one."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots = slots
        self._is_large = False

    async def make(self, size: int) -> None:
        """Return when there is room for a body of which this many bytes have come so far."""
        if size > SMALL and not self._is_large:
            await self._slots.acquire()
            self._is_large = True

    def leave(self) -> None:
        """Give back what was taken."""
        if self._is_large:
            self._slots.release()
            self._is_large = False
