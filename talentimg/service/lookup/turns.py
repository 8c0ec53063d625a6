"""Turns to ask one platform, shared with every process: taken from the store, several at once.

A turn is a moment, and the store gives each moment to one process only. It is used then or a little later.
One that is not used in time is void, so that no turns pile up and are used all at once. Whoever dies gives
nothing back, and has lost no more than it had taken.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

A_MINUTE: Final = 60.0
LATEST_S: Final = 12.0
"""How late a turn may be used, in seconds. The turns of 72 seconds are as many as a minute may have, so no
sliding minute has more, whoever uses them."""
BEHIND_S: Final = 10.0
"""How long ago the first turns that a store gives out may have been: calls that nobody made are made up for.
What lacks to `LATEST_S` is time to send them."""
TAKEN_FOR_S: Final = 2.0
"""Seconds for which turns are taken at once, at most: what others wait for if they are not used."""


class Turns:
    """Hands out this process's turns, and takes new ones when they are used up."""

    def __init__(
        self,
        take: Callable[[int, float, float], Awaitable[float]],
        per_minute: int,
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """None are taken before the first is waited for.

        Args:
            take: takes so many turns, as many seconds apart as its second argument says, the first no longer
                ago than its third; returns in how many seconds the first is, negative if it has been.
            per_minute: the most calls in any minute.
            clock: a monotonic clock, in seconds.
            sleep: waits for a number of seconds.
        """
        self._take = take
        self._clock = clock
        self._sleep = sleep
        self.gap_s = (A_MINUTE + LATEST_S) / per_minute
        """Seconds between two turns."""
        self._most = max(1, int(TAKEN_FOR_S / self.gap_s))
        self._behind_s = max(0.0, BEHIND_S - self.gap_s)
        self._size = 1
        self._taken_at = float("-inf")
        self._turns: deque[float] = deque()
        self._lock = asyncio.Lock()

    async def wait(self) -> float:
        """Wait for the next turn, and return it.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        while True:
            async with self._lock:  # one takes for all who wait
                turn = await self._next()
            ahead = turn - self._clock()
            if ahead > 0:
                await self._sleep(ahead)
            if self._is_valid(turn):
                return turn

    def give_back(self, turn: float) -> None:
        """Nothing was sent: somebody else may use it."""
        self._turns.appendleft(turn)

    async def _next(self) -> float:
        behind_s = self._behind_s
        while True:
            while self._turns:
                turn = self._turns.popleft()
                if self._is_valid(turn):
                    return turn
            began = self._clock()
            self._turns.extend(await self._more(behind_s))
            # Should all of them have come too late, some are wanted that have not been by then.
            behind_s = began - self._clock()

    async def _more(self, behind_s: float) -> list[float]:
        now = self._clock()
        # One call is one turn. Whoever asks for more and more takes more and more at once.
        self._size = min(2 * self._size, self._most) if now - self._taken_at < LATEST_S else 1
        self._taken_at = now
        first = now + await self._take(self._size, self.gap_s, behind_s)
        return [first + number * self.gap_s for number in range(self._size)]

    def _is_valid(self, turn: float) -> bool:
        return self._clock() <= turn + LATEST_S
