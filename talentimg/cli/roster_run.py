"""One roster run from its lock to its last line: what the command line puts around the service's work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talentimg.bootstrap import App
from talentimg.cli.errors import BUG, SOME_FAILED, TRY_LATER, Stopped
from talentimg.errors import CannotCreate, TalentimgError, ValveShut
from talentimg.models import Outcome
from talentimg.records import Run, RunState

if TYPE_CHECKING:
    from talentimg.cli.roster_report import Report
    from talentimg.cli.running import Ending
    from talentimg.service.lookup.pacing import Traffic
    from talentimg.service.run.sync import RosterSync
    from talentimg.service.run.tally import Tally

STARTING = "Starting daily talent profile image sync..."
COMPLETED = "Daily talent profile image sync completed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is asked to do.

    `before` is the time of the last look before which a talent is due; None takes everybody. `limit` is how
    many are taken at most. `seen` is told of every outcome.
    """

    before: datetime | None = None
    limit: int | None = None
    force: bool = False
    join: bool = False
    allow_losses: int | None = None
    seen: Callable[[Outcome], None] | None = None


def run_roster(app: App, wanted: Wanted, *, as_json: bool = False) -> int:
    """Sync who is due, showing how it goes, and return the exit code.

    The summary is said, and the run kept, even when it is cut short.

    Raises:
        RunInProgress: another run is, and its work is not to be shared.
        ValveShut: the safety valve held demotions back; all else is done and kept.
    """
    from talentimg.cli.roster_report import Report
    from talentimg.cli.running import raising_stopped

    run = app.runs.begin(join=wanted.join)
    report = Report(app, run, as_json=as_json)
    course = _Course(app, wanted, report)
    try:
        with raising_stopped():
            _ping(app, "/start")
            course.prepare()
        course.go()
    except BaseException as error:
        _finish(app, run, course, report, *_ended_by(error))
        raise
    trip = course.roster.trip if course.roster else None
    code = ValveShut.exit_code if trip else exit_code(report.tally)
    state, note = (RunState.VALVE, trip.sentence) if trip else (RunState.DONE, None)
    _finish(app, run, course, report, state, code, note)
    report.complete(COMPLETED)
    if trip:
        raise ValveShut(
            f"The safety valve shut: {trip.sentence}",
            hint=f"See who it is: talentimg sync-all --dry-run --allow-losses {trip.needed}, "
            "and if it is right, the same without --dry-run.",
        )
    return code


class _Course:
    """The asynchronous part of a run."""

    def __init__(self, app: App, wanted: Wanted, report: Report) -> None:
        self._app = app
        self._report = report
        self.wanted = wanted
        self.roster: RosterSync | None = None
        self.traffic: dict[str, Traffic] = {}

    def prepare(self) -> None:
        """Say how many it will be: fewer, if other processes share the work."""
        due = self._app.repository.count_due(self._app.now(), before=self.wanted.before)
        self._report.start(STARTING, due if self.wanted.limit is None else min(self.wanted.limit, due))

    def go(self) -> None:
        """Sync them."""
        from talentimg.cli.running import run_gently

        if self._report.total:
            run_gently(self._sync, grace_s=self._app.settings.sync_stop_seconds)

    async def _sync(self, ending: Ending) -> None:
        wanted = self.wanted
        budget = timedelta(seconds=self._app.settings.sync_wait_seconds)
        async with self._app.syncer(budget=budget, probing=False) as syncer:
            self.traffic = syncer.traffic
            self.roster = syncer.sync_due(
                before=wanted.before,
                limit=wanted.limit,
                force=wanted.force,
                allow_losses=wanted.allow_losses,
            )
            ending.gently = self.roster.stop
            with self._report.bar:
                async with aclosing(self.roster) as outcomes:
                    async for outcome in outcomes:
                        self._report.add(outcome)
                        if wanted.seen is not None:
                            wanted.seen(outcome)


def _finish(
    app: App, run: Run, course: _Course, report: Report, state: RunState, code: int, note: str | None
) -> None:
    """Keep what came of it and say it, however it ended. No signal comes in between."""
    from talentimg.cli.running import ignoring_signals

    with ignoring_signals():
        still_due = _still_due(app, course.wanted.before, report.total - report.tally.looked_at)
        ended = app.runs.ended(
            run,
            report.tally,
            course.traffic,
            state=state,
            exit_code=code,
            still_due=still_due,
            min_age=timedelta(hours=app.settings.sync_min_age_hours),
            note=note,
        )
        trouble: TalentimgError | None = None
        try:
            app.runs.keep(ended)
        except TalentimgError as error:  # the store is away: the summary is said all the same
            trouble = error
        try:
            report.finish(ended, suspects=course.roster.suspects if course.roster else [])
        finally:
            _write_metrics(app, ended)
            _ping(app, f"/{trouble.exit_code if trouble else code}")
    if trouble is not None and state in {RunState.DONE, RunState.VALVE}:  # else something is told already
        raise trouble


def _ended_by(error: BaseException) -> tuple[RunState, int, str]:
    """How a run ended that was cut short, with its exit code and a sentence on it."""
    if isinstance(error, Stopped):
        return RunState.STOPPED, error.exit_code, f"Signal {error.signal_number} ended it."
    if isinstance(error, BrokenPipeError):
        return RunState.STOPPED, 0, "Whoever read its output went away."
    if isinstance(error, TalentimgError):
        return RunState.FAILED, error.exit_code, error.message
    return RunState.FAILED, BUG, "A mistake of talentimg's own ended it."


def _still_due(app: App, before: datetime | None, not_reached: int) -> int:
    """How many are due now; where the store is away, those whom this run did not reach."""
    try:
        # Told to leave out the age, everybody counts as due: then what matters is who was not reached.
        return app.repository.count_due(app.now(), before=before or app.due_before())
    except TalentimgError:
        return max(0, not_reached)


def exit_code(tally: Tally) -> int:
    """0 all well, 1 a bug of ours, 3 some failed and were kept, 75 every platform wants us to wait."""
    if tally.bugs:
        return BUG
    if not tally.troubled:
        return 0
    return TRY_LATER if tally.throttled == tally.troubled == tally.looked_at else SOME_FAILED


# -- who else wants to know ---------------------------------------------------------------


def _ping(app: App, suffix: str) -> None:
    """Tell the service that watches over the runs. That it cannot be reached is no failure of the run."""
    if not app.settings.ping_url or app.dry:
        return
    from talentimg.monitoring.ping import ping

    trouble = ping(app.settings.ping_url, suffix, user_agent=app.settings.http_user_agent)
    if trouble:
        sys.stderr.write(f"Warning: {trouble}\n")


def _write_metrics(app: App, run: Run) -> None:
    if not app.settings.metrics_file or app.dry:
        return
    from talentimg.monitoring.metrics import write_metrics

    try:
        write_metrics(app.settings.metrics_file, run)
    except CannotCreate as error:
        sys.stderr.write(f"Warning: {error.message}\n")
