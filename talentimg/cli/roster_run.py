"""One roster run as the command line shows it: its events drawn, its signals obeyed."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from talentimg.bootstrap import App
from talentimg.cli.terminal import reader_may_leave, warn
from talentimg.models import RunState
from talentimg.service.run.nightly import RunRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.cli.roster_report import Report
    from talentimg.cli.running import Ending
    from talentimg.models import Outcome
    from talentimg.service.run.events import RunReport
    from talentimg.service.run.nightly import NightlyRun


def run_roster(
    app: App,
    request: RunRequest,
    *,
    as_json: bool = False,
    quiet: bool = False,
    seen: Callable[[Outcome], None] | None = None,
) -> int:
    """Sync who is due, showing how it goes, and return the exit code.

    The summary is printed even when the run is cut short. If whoever reads its output goes away, the run goes
    on without: it is done for everybody, and its exit code says how it went.

    Args:
        app: the ready app.
        request: what the run is asked to do.
        as_json: objects for programs in place of the summary for people.
        quiet: no bar, and a summary only if somebody is needed.
        seen: given every outcome.

    Raises:
        RunInProgress: another run is, and its work is not to be shared.
        LossLimitExceeded: the safety valve held demotions back; all else is done and kept.
        TalentimgError: the run could not be put on record.
    """
    from talentimg.cli.roster_report import Report
    from talentimg.cli.running import run_gently

    run, report = app.nightly.start(request), Report(app, as_json=as_json, quiet=quiet, seen=seen)
    try:
        run_gently(lambda ending: _show(run, report, ending), grace_s=app.settings.sync_stop_seconds)
    finally:
        if run.report is not None:
            _finish(run.report, report)
    assert run.report is not None  # a run that ended without an error has one
    report.complete(run.report)
    if run.report.run.state is RunState.STOPPED and run.report.run.note:  # no signal did: that raises
        warn(run.report.run.note)
    for error in (run.report.error, run.report.exceeded):
        if error is not None:
            raise error
    return run.report.run.exit_code or 0


async def _show(run: NightlyRun, report: Report, ending: Ending) -> None:
    ending.gently = lambda number: run.stop(128 + number, f"Signal {number} ended it.")
    ending.is_over = lambda: run.is_ending
    async with aclosing(run):
        try:
            with report.bar:
                async for event in run:
                    report.show(event)
        except BaseException as error:
            run.abandon(error)
            raise


def _finish(ended: RunReport, report: Report) -> None:
    """Print how it went. What is at its end anyway is finished: no signal comes in between."""
    from talentimg.cli.running import ignoring_signals

    with ignoring_signals():
        for warning in ended.warnings:
            warn(warning)
        with reader_may_leave():
            report.finish(ended)
