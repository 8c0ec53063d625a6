"""The records of roster runs, and the lock that lets one run at a time."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import NoRunLock, RunInProgress, TalentimgError, UsageError
from talentimg.models import OutcomeKind, Run, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.repository.interface import Repository
    from talentimg.service.lookup.allowance import Traffic
    from talentimg.service.run.tally import Tally


A_DAY: Final = timedelta(days=1)


class RunRecords:
    """Begins and finishes runs, and finds them again."""

    def __init__(self, repository: Repository, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now

    def begin(self, *, join: bool = False) -> Run:
        """Begin a run: alone or, with `join`, alongside the one in progress.

        Raises:
            RunInProgress: there is one already, and `join` is not set.
        """
        try:
            alone = self._repository.lock_run()
        except NoRunLock as error:  # claims keep runs apart all the same
            import logging  # noqa: PLC0415  start-up time

            logging.getLogger("talentimg.run").warning("%s", error.message)
            alone, join = False, True
        if not alone and not join:
            raise self._already_running()
        now = self._now()
        if alone:
            self._take_over(self._mark_died(now))
        run = Run(
            id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            started_at=now,
            host=socket.gethostname(),
            pid=os.getpid(),
            joined=not alone,
        )
        self._repository.save_run(run)
        return run

    def completed(
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
        """The run with all its results; nothing is saved yet.

        Args:
            run: the run as it began.
            tally: its outcomes.
            traffic: its requests.
            state: how it ended.
            exit_code: that of the command.
            still_due: talents who are due now.
            min_age: after which a talent is due again.
            note: why it ended early.
        """
        now = self._now()
        return replace(
            run,
            state=state,
            ended_at=now,
            exit_code=exit_code,
            outcomes={kind: tally.counts[kind] for kind in OutcomeKind},
            showing_initials=tally.showing_initials,
            platforms=tally.platforms(traffic),
            slowest=tally.slowest,
            still_due=still_due,
            claimed_elsewhere=self._claimed_elsewhere(now),
            next_due_at=self._next_due(now, min_age),
            note=note,
        )

    def _claimed_elsewhere(self, now: datetime) -> int:
        try:
            return self._repository.count_claimed(now)
        except TalentimgError:  # a store that cannot be reached knows of none
            return 0

    def _next_due(self, now: datetime, min_age: timedelta) -> datetime | None:
        try:
            return self._repository.next_due(now, min_age=min_age)
        except TalentimgError:  # a store that cannot be reached knows of none
            return None

    def finish(self, run: Run) -> None:
        """Save a run that has ended, and let the next one begin.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        self._repository.save_run(run)
        self._repository.unlock_run()

    def latest(self, *, limit: int) -> list[Run]:
        """The latest runs, newest first."""
        return self._repository.runs(limit=limit)

    def find(self, run_id: str) -> Run:
        """The run with this id.

        Raises:
            UsageError: there is none.
        """
        run = self._repository.run(run_id)
        if run is None:
            raise UsageError(f"There is no run {run_id!r}.", hint="See the latest with: talentimg runs")
        return run

    def _already_running(self) -> RunInProgress:
        found = (run for run in self._repository.runs_in_progress() if not run.joined)
        run = next(found, None)
        who = (
            f"since {run.started_at:%Y-%m-%d %H:%M:%S} UTC, by process {run.pid} on {run.host}"
            if run
            else "and has only just begun"
        )
        return RunInProgress(
            f"Another sync-all is under way {who}.",
            hint="Wait for it, or share its work: talentimg sync-all --join",
        )

    def _mark_died(self, now: datetime) -> list[Run]:
        """Mark runs whose process is gone, and return the others.

        As we hold the lock, no run that held it can still be alive.
        """
        alive = []
        for run in self._repository.runs_in_progress():
            if run.joined and not _is_gone(run, now):
                alive.append(run)
                continue
            note = "It ended without reporting: killed, or the machine went down."
            self._repository.save_run(replace(run, state=RunState.DIED, ended_at=now, note=note))
        return alive

    def _take_over(self, alive: Sequence[Run]) -> None:
        """Make due what a run that died had claimed: it would be nobody's until the leases expire.

        Should one of them live after all, a talent is looked at twice, and nothing is written twice.
        """
        import logging  # noqa: PLC0415  start-up time

        number = self._repository.release_all(but_of=[(run.host, run.pid) for run in alive])
        if number:
            log = logging.getLogger("talentimg.sync")
            log.warning("A run that died left %d talents unfinished; they are looked at now.", number)


def _is_gone(run: Run, now: datetime) -> bool:
    """Whether the process of a joined run is gone; on another machine, it is assumed to be after a day."""
    if run.host != socket.gethostname():
        return now - run.started_at > A_DAY
    try:
        os.kill(run.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it belongs to another user, so it exists
        return False
    return False
