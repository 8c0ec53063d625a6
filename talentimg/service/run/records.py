"""The records of roster runs, and the lock that lets one run at a time."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from talentimg.errors import NoRunLock, RunInProgress, RunIsOver, RunNotFound, TalentimgError
from talentimg.models import OutcomeKind, Run, RunProgress, RunState, StopRequest
from talentimg.service.processes import is_gone
from talentimg.service.run.outages import outages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Outage, RunTalent
    from talentimg.repository.interface import Claims, Outlook, Repository
    from talentimg.service.lookup.allowance import Traffic
    from talentimg.service.run.tally import Tally


A_DAY: Final = timedelta(days=1)
SILENT: Final = timedelta(minutes=10)
"""A run of this machine that has not written for so long is over: another process has its id now, as the
first one of a container always has."""
QUIET: Final = timedelta(minutes=2)
"""Nobody waits for a run that has not written for so long, as it does several times a minute."""
DIED: Final = "It ended without reporting: killed, or the machine went down."
_PAGE: Final = 50
_SEE_ALL: Final = "See the latest with: talentimg runs"


class RunRecords:
    """Begins and finishes runs, and finds them again."""

    def __init__(self, repository: Repository, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now

    def begin(
        self, *, join: bool = False, by: str | None = None, unless: Callable[[], bool] | None = None
    ) -> Run:
        """Begin a run: alone or, with `join`, alongside the one in progress.

        Args:
            join: whether to share the work of one in progress.
            by: who starts it.
            unless: asked once nobody else can begin one; True if it is not needed any more.

        Raises:
            RunInProgress: there is one already, and `join` is not set; or it is not needed any more.
        """
        try:
            alone = self._repository.lock_run()
            is_apart = alone
        except NoRunLock as error:  # claims keep runs apart all the same
            _warn("%s", error.message)
            alone, is_apart = False, True
        if not is_apart and not join:
            raise self._already_running()
        now = self._now()
        running, claims = self._repository.at_work(now)
        running = self._mark_died(running, now, alone=alone)
        if unless is not None and unless():
            self._repository.unlock_run()
            raise RunInProgress("Somebody has done it already.", hint=_SEE_ALL)
        if is_apart:
            self._take_over(claims)
        run = Run(
            id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            started_at=now,
            host=socket.gethostname(),
            pid=os.getpid(),
            joined=not alone,
            part_of=None if alone else next((one.id for one in running if not one.joined), None),
            by=by,
            written_at=now,
        )
        self._repository.save_run(run)
        return run

    def counted(self, run: Run, total: int) -> Run:
        """The run with the number of talents that it is to look at, for whoever asks how it goes on."""
        counted = replace(run, total=total, written_at=self._now())
        self._repository.save_run(counted)
        return counted

    def write_progress(self, run: Run) -> StopRequest | None:
        """Keep how far a run has come; who asked it to stop, if somebody has.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        return self._repository.write_progress(replace(run, written_at=self._now()))

    def tell(self, run_id: str, talents: Sequence[RunTalent], settled: Sequence[str]) -> None:
        """Keep of whom a run has something to tell, and of whom nothing any more.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        self._repository.note_talents(run_id, talents, settled=settled)

    def began(self, run: Run) -> datetime:
        """When the first of those began whose work a run shares; whoever shares its own began later."""
        if run.part_of is None:
            return run.started_at
        return min(one.started_at for one in (run, *self._repository.taking_part(run.part_of)))

    def allot(self, run: Run, talents: int) -> Callable[[int], int]:
        """Let a run and all who share its work look at so many; by what it returns each takes its share.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        if run.part_of is None:
            self._repository.allot(run.id, talents)
        return partial(self._repository.draw, run.part_of or run.id)

    def beside(self, run: Run) -> list[Run]:
        """The others that are at work and have not died, as far as anybody knows."""
        now = self._now()
        return [
            one
            for one in map(self._as_it_is, self._repository.runs_in_progress())
            if one.id != run.id and _runs(one) and now - (one.written_at or one.started_at) < QUIET
        ]

    def told_of(self, progress: RunProgress) -> list[RunTalent]:
        """Of whom a run has something to tell, and those who share its work."""
        return self._repository.noted_talents([run.id for run in progress.taking_part])

    def completed(
        self,
        run: Run,
        tally: Tally,
        traffic: Mapping[str, Traffic],
        *,
        state: RunState,
        exit_code: int,
        outlook: Outlook,
        note: str | None = None,
    ) -> Run:
        """The run with all its results; nothing is saved yet.

        Args:
            run: the run as it began.
            tally: its outcomes.
            traffic: its requests.
            state: how it ended.
            exit_code: that of the command.
            outlook: what is left to do, and by whom.
            note: why it ended early.
        """
        elsewhere = outlook.claims
        now = self._now()
        return replace(
            run,
            state=state,
            ended_at=now,
            written_at=now,
            in_progress=0,
            exit_code=exit_code,
            outcomes={kind: tally.counts[kind] for kind in OutcomeKind},
            showing_initials=tally.showing_initials,
            in_review=tally.in_review,
            platforms=tally.platforms(traffic),
            slowest=tally.slowest,
            still_due=outlook.due,
            claimed_elsewhere=sum(claims.talents for claims in elsewhere),
            claimed_by=tuple(f"{claims.pid} on {claims.host}" for claims in elsewhere if claims.host),
            claimed_until=max((claims.until for claims in elsewhere), default=None),
            next_due_at=outlook.next_due,
            freshness=outlook.freshness,
            outages=self._outages(run, tally),
            note=note,
        )

    def _outages(self, run: Run, tally: Tally) -> tuple[Outage, ...]:
        """The platforms that answered nobody in this run, whether or not the runs before it can be read."""
        if not (unanswered := tally.unanswered):
            return ()
        try:
            earlier = [one for one in self._repository.runs(limit=_PAGE) if one.id != run.id]
        except TalentimgError:
            earlier = []
        return outages_of(run.started_at, unanswered, earlier)

    def finish(self, run: Run) -> None:
        """Save a run that has ended, and let the next one begin.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        self._repository.save_run(run)
        self._repository.unlock_run()

    def latest(self, *, limit: int, before: str | None = None) -> list[Run]:
        """The latest runs, newest first; those who come after the run with the id `before`."""
        return [self._as_it_is(run) for run in self._repository.runs(limit=limit, before=before)]

    def since(self, start: datetime, *, joined: bool = False, at_most: int | None = None) -> list[Run]:
        """The runs that began since a time, newest first.

        Args:
            start: the time.
            joined: whether those count who shared the work of another.
            at_most: no more than about so many are read.
        """
        found: list[Run] = []
        while page := self.latest(limit=_PAGE, before=found[-1].id if found else None):
            found += page
            if page[-1].started_at < start or (at_most and len(found) >= at_most):
                break
        return [run for run in found if run.started_at >= start and (joined or not run.joined)]

    def find(self, run_id: str) -> RunProgress:
        """The run with this id, and those who share its work.

        Raises:
            RunNotFound: there is none.
        """
        runs = self._repository.taking_part(run_id)
        if not runs:
            raise RunNotFound(f"There is no run {run_id!r}.", hint=_SEE_ALL)
        return RunProgress(tuple(self._as_it_is(run) for run in runs))

    def request_stop(self, run_id: str | None, *, by: str) -> RunProgress:
        """Ask a run to stop gently, and those who share its work; they need not be of this process.

        Each hears of it with the next write of its progress, starts no more talents, and finishes those in
        progress.

        Args:
            run_id: the run; None for the one in progress.
            by: who asks.

        Raises:
            RunNotFound: there is no such run, or none in progress.
            RunIsOver: it has ended.
        """
        asked = self.find(run_id or self._in_progress())
        if asked.is_over:
            raise RunIsOver(f"The run {asked.run.id} has ended already: {asked.state}.", hint=_SEE_ALL)
        self._repository.request_stop(asked.run.id, StopRequest(by, self._now()))
        return self.find(asked.run.id)

    def _in_progress(self) -> str:
        """The id of the run in progress; of those who share its work, whom they have joined."""
        running = [run for run in map(self._as_it_is, self._repository.runs_in_progress()) if _runs(run)]
        if not running:
            raise RunNotFound("No run is in progress.", hint=_SEE_ALL)
        leading = next((run for run in running if not run.joined), running[0])
        return leading.part_of or leading.id

    def _as_it_is(self, run: Run) -> Run:
        """The run, as died if it is on record as running and its process is gone from this machine.

        The next run writes that down.
        """
        if not (_runs(run) and run.host == socket.gethostname() and _has_left(run, self._now())):
            return run
        again = self._repository.run(run.id)  # it may have ended properly just now
        if again is None or not (_runs(again) and _has_left(again, self._now())):
            return again or run
        return replace(again, state=RunState.DIED, note=DIED, revision=again.revision + 1)

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

    def _mark_died(self, running: Sequence[Run], now: datetime, *, alone: bool) -> list[Run]:
        """Mark runs that are over although they have not said so; returns those that go on."""
        over = [run for run in running if _is_over(run, now, alone=alone)]
        for run in over:
            self._repository.save_run(replace(run, state=RunState.DIED, ended_at=now, note=DIED))
        return [run for run in running if run not in over]

    def _take_over(self, claims: Sequence[Claims]) -> None:
        """Make due what processes of this machine had claimed that are gone.

        Of another machine nobody can be certain: a run may have lost its lock, and go on. What those have
        claimed runs out by itself.
        """
        here = socket.gethostname()
        dead = {(one.host, one.pid) for one in claims if one.host == here and is_gone(one.pid)}
        number = self._repository.release_of(dead) if dead else 0
        if number:
            _warn("A run that died left %d talents unfinished; they are looked at now.", number)


def _warn(text: str, *values: object) -> None:
    import logging  # noqa: PLC0415  start-up time

    logging.getLogger("talentimg.run").warning(text, *values)


def _runs(run: Run) -> bool:
    return run.state is RunState.RUNNING


def _is_over(run: Run, now: datetime, *, alone: bool) -> bool:
    """Whether a run is over, given whether we have the lock, which one that did not join has had.

    After a day any is, as the id of its process may have been given to another.
    """
    if now - run.started_at > A_DAY:
        return alone or run.joined
    if run.host == socket.gethostname():
        return _has_left(run, now)
    return alone and not run.joined


def _has_left(run: Run, now: datetime) -> bool:
    """Whether a run of this machine is over."""
    return is_gone(run.pid) or (run.written_at is not None and now - run.written_at > SILENT)
