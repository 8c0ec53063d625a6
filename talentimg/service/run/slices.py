"""A part in the night, as a job of some engine: long enough to cost nothing, short enough to let others in.

What is done and by whom is in the claims and in the records of runs, whatever becomes of the job.
"""

from __future__ import annotations

from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import RunInProgress
from talentimg.service.run.clock import BY_SCHEDULE
from talentimg.service.run.events import TalentSynced
from talentimg.service.run.nightly import RunRequest
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.service.run.clock import NightClock
    from talentimg.service.run.nightly import Nightly, NightlyRun

LEAST: Final = 500
SHORTEST_S: Final = 60.0
"""A slice ends when so many talents were looked at and so many seconds are over: to begin another one costs
up to five seconds, until the engine asks for jobs again."""
LONGEST_S: Final = 300.0
"""After so many seconds it ends, whoever was looked at."""
OVER: Final = "Its part of the night is done, and the next one follows."


def _is_long(looked_at: int, seconds: float) -> bool:
    """Whether a slice has been long enough."""
    return seconds >= (SHORTEST_S if looked_at >= LEAST else LONGEST_S)


class NightSlices:
    """Takes part in the night, slice by slice."""

    def __init__(
        self,
        nightly: Nightly,
        clock: NightClock,
        due_before: Callable[[], datetime | None],
        *,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        """All that it needs.

        Args:
            nightly: starts runs.
            clock: says when a night is due, and how many talents it has left.
            due_before: whose last look was before this is due.
            elapsed: a monotonic clock, in seconds.
        """
        self._nightly = nightly
        self._clock = clock
        self._due_before = due_before
        self._elapsed = elapsed
        self._run: NightlyRun | None = None
        self._is_ending = False
        self.is_under_way = False
        """Whether this process takes part just now."""

    def is_due(self) -> bool:
        """Whether there is a night to begin, or to take part in.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        clock = self._clock
        return (clock.is_due() or clock.to_join() is not None) and clock.left() > 0

    def stop(self, exit_code: int, note: str) -> None:
        """Begin no more, and let the one under way finish what it is at.

        Args:
            exit_code: for the record.
            note: what stopped it, likewise.
        """
        self._is_ending = True
        if self._run is not None:
            self._run.stop(exit_code, note)

    async def take_part(self) -> bool:
        """One slice of the night, if there is one; whether there is more to do.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        if self.is_under_way:
            return False
        self.is_under_way = True
        try:
            request = await in_thread(self._request)
            if request is None or self._is_ending:
                return False
            return await self._slice(request)
        finally:
            self.is_under_way, self._run = False, None

    def _request(self) -> RunRequest | None:
        if not self.is_due():
            return None
        clock = self._clock
        joined = None if clock.is_due() else clock.to_join()
        return RunRequest(
            before=self._due_before(),
            limit=clock.left(),
            by=BY_SCHEDULE,
            join=joined is not None,
            is_shared=True,
            unless=lambda: clock.to_join() != joined if joined else not clock.is_due(),
        )

    async def _slice(self, request: RunRequest) -> bool:
        run = self._run = self._nightly.start(request)
        began, looked_at, is_over = self._elapsed(), 0, False
        try:
            async with aclosing(run):
                async for event in run:
                    looked_at += isinstance(event, TalentSynced)
                    if not is_over and _is_long(looked_at, self._elapsed() - began):
                        is_over = True
                        run.stop(0, OVER)
        except RunInProgress:  # another one has just begun: there is something to take part in
            return not request.join
        return is_over and not self._is_ending
