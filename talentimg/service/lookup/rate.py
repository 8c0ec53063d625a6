"""How fast one platform is asked: at a documented limit, or at one learnt from refusals."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from talentimg.service.lookup.turns import Turns

BURST_SHARE: Final = 6
"""A sixth of a minute's requests may be sent at once and five sixths over the minute, so that no sliding
minute has more than the limit."""
SLOWDOWN: Final = 0.7
"""After a refusal we continue at this share of the pace that was refused."""
SPEEDUP: Final = 1.02
"""By how much each good answer speeds up a learnt pace."""
MIN_PER_SECOND: Final = 1.0
"""The slowest pace, in requests per second."""


class Rate:
    """Spaces out requests: the generic cell rate algorithm, with a limit that refusals lower."""

    def __init__(
        self,
        per_minute: int | None,
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """The initial pace.

        Args:
            per_minute: the most requests in any minute; None if no limit is known.
            clock: a monotonic clock, in seconds.
            sleep: waits for a number of seconds.
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
        """Wait until one more request may be sent."""
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
        """Give back the last turn: it was not used."""
        self._asked = max(0, self._asked - 1)
        if self._per_second is not None:
            self._next -= 1 / self._per_second

    def slow_down(self) -> None:
        """We were refused: continue more slowly than until now."""
        if not self._asked:
            return  # another request sent at the same time was refused too
        now = self._clock()
        seen = self._asked / max(1.0, now - self._begun)
        pace = max(MIN_PER_SECOND, seen * SLOWDOWN)
        self._per_second = pace if self._per_second is None else min(pace, self._per_second)
        self._burst = 1.0
        self._next = max(self._next, now)
        self._asked = 0

    def speed_up(self) -> None:
        """A good answer: a learnt pace increases, but never beyond the documented one."""
        if self._per_second is not None and self._per_second != self._most:
            faster = self._per_second * SPEEDUP
            self._per_second = faster if self._most is None else min(faster, self._most)


class Pace:
    """How fast one platform is asked: calls at the same time, and in a minute."""

    def __init__(self, concurrency: int, rate: Rate, turns: Turns | None = None) -> None:
        """The pace of one process, within the one of all.

        Args:
            concurrency: calls at the same time, of this process.
            rate: how fast it asks, be it learnt.
            turns: those of this process, where all share a limit.
        """
        self._slots = asyncio.Semaphore(concurrency)
        self._rate = rate
        self._turns = turns

    @property
    def slot(self) -> asyncio.Semaphore:
        """Held for as long as a call takes."""
        return self._slots

    async def wait_turn(self) -> float | None:
        """Wait until one more call may be sent; returns the turn, if all share them.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        await self._rate.wait_turn()
        return await self._turns.wait() if self._turns else None

    def refund(self, turn: float | None) -> None:
        """Give back a turn: nothing was sent."""
        self._rate.refund()
        if self._turns and turn is not None:
            self._turns.give_back(turn)

    def refused(self) -> None:
        """The platform says that we asked too fast."""
        self._rate.slow_down()

    def answered(self) -> None:
        """All is well at this pace."""
        self._rate.speed_up()
