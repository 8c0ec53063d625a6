"""What is asked for often and changes seldom: asked of the store once in a while, by one at a time."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from talentimg.web.memory import Recent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

K = TypeVar("K")
T = TypeVar("T")


class Remembered(Generic[T]):
    """A value that is asked for anew when it is older than some seconds. A failure is not remembered."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        *,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._known: tuple[float, T] | None = None
        self._lock = asyncio.Lock()

    async def get(self, *, anew: bool = False) -> T:
        """The value, at most so old; with `anew` one that was asked for after this call."""
        called_at = self._clock()
        known = None if anew else self._fresh()
        if known is not None:
            return known[1]
        async with self._lock:  # whoever waited finds it known
            known = self._fresh()
            if known is None or (anew and known[0] <= called_at):
                asked_at = self._clock()
                self._known = known = (asked_at, await self._ask())
            return known[1]

    def forget(self) -> None:
        """Ask anew next time."""
        self._known = None

    def _fresh(self) -> tuple[float, T] | None:
        known = self._known
        return known if known is not None and self._clock() - known[0] < self._seconds else None


class RememberedMany(Generic[K, T]):
    """The same for many questions, up to a total weight of the answers. One is asked at a time."""

    def __init__(
        self,
        ask: Callable[[K], Awaitable[T]],
        *,
        seconds: float,
        most: int,
        weigh: Callable[[T], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._known: Recent[K, tuple[float, T]] = Recent(most, lambda known: weigh(known[1]))
        self._lock = asyncio.Lock()
        self._forgotten = 0

    async def get(self, key: K) -> T:
        """The answer, at most so old."""
        known = self._fresh(key)
        if known is not None:
            return known[1]
        async with self._lock:
            known = self._fresh(key)
            if known is None:
                asked_at, forgotten = self._clock(), self._forgotten
                known = (asked_at, await self._ask(key))
                if forgotten == self._forgotten:  # otherwise it may be of before
                    self._known.put(key, known)
            return known[1]

    def forget(self) -> None:
        """Ask everything anew next time."""
        self._forgotten += 1
        self._known.clear()

    def _fresh(self, key: K) -> tuple[float, T] | None:
        known = self._known.get(key)
        return known if known is not None and self._clock() - known[0] < self._seconds else None
