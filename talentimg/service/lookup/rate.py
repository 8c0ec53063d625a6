"""How fast one platform is asked: a documented limit, or one learnt from being refused."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BURST_SHARE: Final = 6
"""A sixth of a minute's questions may go at once and five sixths over the minute: in no sliding minute
are there more than the limit."""
SLOWDOWN: Final = 0.7
"""Share of the pace at which we were refused that we go on with."""
SPEEDUP: Final = 1.02
"""By how much each good answer speeds a learnt pace up again."""
MIN_PER_SECOND: Final = 1.0
"""Questions in a second that we do not fall below."""


class Rate:
    """Spaces questions out: the generic cell rate algorithm, with a bound that gives way to refusals."""

    def __init__(
        self,
        per_minute: int | None,
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """The pace to begin with.

        Args:
            per_minute: the most that may be asked in any minute; None for no limit that is known.
            clock: seconds that only go forward.
            sleep: waits for so many seconds.
        """
        self._clock = clock
        self._sleep = sleep
        self._most: float | None = None
        self._burst = 1.0
        if per_minute:
            self._burst = max(1.0, per_minute / BURST_SHARE)
            self._most = (per_minute - per_minute / BURST_SHARE) / 60
        self._per_second = self._most
        self._next = float("-inf")
        self._begun = 0.0
        self._asked = 0

    async def wait_turn(self) -> None:
        """Wait until one more may be asked."""
        now = self._clock()
        if not self._asked:
            self._begun = now
        self._asked += 1
        if self._per_second is None:
            return
        gap = 1 / self._per_second
        at = max(self._next, now - (self._burst - 1) * gap)
        self._next = at + gap
        if at > now:
            await self._sleep(at - now)

    def refund(self) -> None:
        """The last turn was not used."""
        self._asked = max(0, self._asked - 1)
        if self._per_second is not None:
            self._next -= 1 / self._per_second

    def slow_down(self) -> None:
        """We were refused: go on more slowly than we went until now."""
        if not self._asked:
            return  # others who were under way at the same time were refused too
        now = self._clock()
        seen = self._asked / max(1.0, now - self._begun)
        pace = max(MIN_PER_SECOND, seen * SLOWDOWN)
        self._per_second = pace if self._per_second is None else min(pace, self._per_second)
        self._burst = 1.0
        self._next = max(self._next, now)
        self._asked = 0

    def speed_up(self) -> None:
        """A good answer: a pace that was learnt grows, never past one that is documented."""
        if self._per_second is not None and self._per_second != self._most:
            faster = self._per_second * SPEEDUP
            self._per_second = faster if self._most is None else min(faster, self._most)


class Pace:
    """How fast one platform is asked: so many at once, and so many in a minute."""

    def __init__(self, concurrency: int, per_minute: int | None) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._rate = Rate(per_minute)

    @property
    def slot(self) -> asyncio.Semaphore:
        """To be held for as long as a question is under way."""
        return self._slots

    async def wait_turn(self) -> None:
        """Wait until one more question may go out."""
        await self._rate.wait_turn()

    def refund(self) -> None:
        """A turn was not used: nothing went out."""
        self._rate.refund()

    def refused(self) -> None:
        """The platform says that this was too fast."""
        self._rate.slow_down()

    def answered(self) -> None:
        """All is well at this pace."""
        self._rate.speed_up()
