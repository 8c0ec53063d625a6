"""Roster runs: one at a time, each with its place in the records."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import RunUnderWay, UsageError
from talentimg.models import OutcomeKind
from talentimg.records import Run, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from talentimg.repository.interface import Repository
    from talentimg.service.pacing import Traffic
    from talentimg.service.tally import Tally

LOOKED_THROUGH: Final = 100
"""Latest runs among which one that is under way, or died, is looked for."""


class Runs:
    """Begins and ends runs, and keeps what came of them."""

    def __init__(self, repository: Repository, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now

    def begin(self, *, join: bool = False) -> Run:
        """Begin a run, alone or, with `join`, beside the one that is under way.

        Raises:
            RunUnderWay: there is one, and its work is not to be shared.
        """
        alone = self._repository.lock_run()
        if not alone and not join:
            raise self._under_way()
        now = self._now()
        if alone:
            self._bury_the_dead(now)
        run = Run(
            id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            started_at=now,
            host=socket.gethostname(),
            pid=os.getpid(),
            joined=not alone,
        )
        self._repository.save_run(run)
        return run

    def end(
        self,
        run: Run,
        tally: Tally,
        traffic: Mapping[str, Traffic],
        *,
        state: RunState,
        exit_code: int,
        still_due: int | None,
        min_age: timedelta,
        note: str | None = None,
    ) -> Run:
        """Keep what came of a run, and let the next one begin.

        Args:
            run: as it was begun.
            tally: its outcomes.
            traffic: its requests.
            state: how it ended.
            exit_code: of the command.
            still_due: talents who are due now.
            min_age: after which a talent is due again.
            note: what ended it early.
        """
        now = self._now()
        ended = replace(
            run,
            state=state,
            ended_at=now,
            exit_code=exit_code,
            outcomes={kind: tally.counts[kind] for kind in OutcomeKind},
            showing_initials=tally.showing_initials,
            platforms=tally.platforms(traffic),
            slowest=tally.slowest,
            still_due=still_due,
            next_due_at=self._repository.next_due(now, min_age=min_age),
            note=note,
        )
        self._repository.save_run(ended)
        self._repository.unlock_run()
        return ended

    def latest(self, *, limit: int) -> list[Run]:
        """The latest runs, newest first."""
        return self._repository.runs(limit=limit)

    def find(self, run_id: str) -> Run:
        """The run of this id.

        Raises:
            UsageError: there is none.
        """
        run = self._repository.run(run_id)
        if run is None:
            raise UsageError(f"There is no run {run_id!r}.", hint="See the latest with: talentimg runs")
        return run

    def _under_way(self) -> RunUnderWay:
        found = (r for r in self._repository.runs(limit=LOOKED_THROUGH) if _holds_lock(r))
        run = next(found, None)
        who = (
            f"since {run.started_at:%Y-%m-%d %H:%M:%S} UTC, by process {run.pid} on {run.host}"
            if run
            else "and has only just begun"
        )
        return RunUnderWay(
            f"Another sync-all is under way {who}.",
            hint="Wait for it, or share its work: talentimg sync-all --join",
        )

    def _bury_the_dead(self, now: datetime) -> None:
        """We hold the lock, so whoever seems to hold it died without a word."""
        for run in self._repository.runs(limit=LOOKED_THROUGH):
            if _holds_lock(run):
                note = "It ended without a word: killed, or the machine went down."
                self._repository.save_run(replace(run, state=RunState.DIED, ended_at=now, note=note))


def _holds_lock(run: Run) -> bool:
    return run.state is RunState.RUNNING and not run.joined
