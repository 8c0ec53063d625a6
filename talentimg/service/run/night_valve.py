"""The safety valve over everybody who shares a night: whatever number of processes, and in whatever slices.

Each keeps in its own record what is at stake, and judges by the sum of all once all have looked.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.models import RunState
from talentimg.service.run.valve import Valve, added, judged
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from talentimg.errors import LossLimitExceeded
    from talentimg.models import Run
    from talentimg.repository.interface import Results
    from talentimg.service.run.records import RunRecords

A_NIGHT: Final = timedelta(hours=20)
"""Runs that began within this time are judged as one: shorter than a day, so that each night has its own."""
LATELY: Final = timedelta(days=7)
"""What a platform has called absent since then is about to be lost. If it was before, nobody asks now."""
PAUSE_S: Final = 0.25
"""Between two questions whether all have looked."""
MOST_RUNS: Final = 500
TAKEN: Final = frozenset({RunState.DONE, RunState.STOPPED, RunState.RUNNING})
"""Runs in these states may have taken pictures away; in all others those at stake were kept."""


class NightValve(Valve):
    """Counts for one process, and judges with what all others have counted."""

    def __init__(
        self,
        runs: RunRecords,
        results: Results,
        so_far: Callable[[], Run],
        now: Callable[[], datetime],
        allowed: int | None = None,
    ) -> None:
        """A valve for one run.

        Args:
            runs: the records of all.
            results: knows whose pictures are gone by the word of their platforms.
            so_far: this run as it stands, with what this valve tells.
            now: the clock.
            allowed: how many demotions a person allows, if more than usual.
        """
        super().__init__(allowed)
        self._runs = runs
        self._results = results
        self._so_far = so_far
        self._now = now
        self._stopped = asyncio.Event()
        self.has_looked = False
        """Whether no more will be at stake."""

    @property
    def told(self) -> Mapping[str, tuple[int, int]]:
        """What is at stake, for the record. What a person has allowed is nobody else's loss."""
        if not self._allowed:
            return self.at_stake
        return {source: (shown, 0) for source, (shown, _) in self.at_stake.items()}

    def stop(self) -> None:
        """Wait for nobody any more."""
        self._stopped.set()

    async def until_all_have_looked(self) -> None:
        """Say that this one has, and wait for those who began before.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        self.has_looked = True
        began = self._now()
        await in_thread(self._runs.write_progress, self._so_far())
        while not self._stopped.is_set() and await in_thread(self._are_looking, began):
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_S):
                    await self._stopped.wait()

    def _are_looking(self, began: datetime) -> bool:
        others = self._runs.beside(self._so_far())
        return any(run.started_at <= began and not run.has_looked for run in others)

    def exceeded(self) -> LossLimitExceeded | None:
        """Why the demotions must not be made, by all that is known of the night; None if they may.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        me = self._so_far()
        others = self._runs.since(self._now() - A_NIGHT, joined=True, at_most=MOST_RUNS)
        beside, before = _beside_and_before(me, others)
        at_stake = [self.at_stake, *(run.at_stake for run in beside)]
        taken = [run.at_stake for run in before if run.state in TAKEN]
        return (
            judged(*added(at_stake), self._allowed)
            or judged(*added([*at_stake, *taken]), self._allowed, taken_by="in one night")
            or gone(self.at_stake, self._results, self._now(), self._allowed)
        )


def gone(
    at_stake: Mapping[str, tuple[int, int]], results: Results, now: datetime, least: int = 0
) -> LossLimitExceeded | None:
    """Why no picture of these sources must be lost: too many more of theirs are about to be.

    A platform that says of half of its people that they are not there is not believed, in whatever slices
    they are looked at: the first of the two absences that a loss takes is on record of everybody.

    Args:
        at_stake: by source, how many are shown, and how many would be lost.
        results: knows whose pictures are gone by the word of their platforms.
        now: the time.
        least: how many are allowed at least.

    Raises:
        TalentimgError: the store cannot be reached.
    """
    sources = [source for source, (_, lost) in at_stake.items() if lost]
    absences = results.absences(sources, now - LATELY)
    return judged(*added([absences]), least, taken_by="in this run and the next ones")


def _beside_and_before(me: Run, others: Iterable[Run]) -> tuple[list[Run], list[Run]]:
    """Those who were at work at the same time, and those who had ended when this one began."""
    beside: list[Run] = []
    before: list[Run] = []
    for run in others:
        if run.id != me.id and run.state is not RunState.DIED:
            (before if run.ended_at and run.ended_at < me.started_at else beside).append(run)
    return beside, before
