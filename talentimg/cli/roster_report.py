"""What people and programs see of a roster run: a bar or log lines as it goes, a summary at its end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from talentimg.bootstrap import App
from talentimg.cli.logs import CRON_TAG, TALENT_TAG, log_event
from talentimg.cli.outcomes import sentence, would
from talentimg.cli.present.output import print_json
from talentimg.cli.progress import Bar
from talentimg.cli.terminal import LONGEST_CELL, printable, reader_may_leave, write_line
from talentimg.models import Outcome, OutcomeKind, RunState
from talentimg.service.run.events import RunEvent, RunReport, RunStarted, TalentSynced
from talentimg.shapes import outcome_json, summary_json

STARTING = "Starting daily talent profile image sync..."
COMPLETED = "Daily talent profile image sync completed"
SHOWN_ANEW = {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}
NOTHING_NEW = {OutcomeKind.UNCHANGED, OutcomeKind.LOCKED, OutcomeKind.OPTED_OUT}
"""Not worth a line in the log of every night: only `--verbose` tells them one by one."""


class Report:
    """Says what happens. Its size does not grow with the roster."""

    def __init__(
        self,
        app: App,
        *,
        as_json: bool,
        quiet: bool = False,
        seen: Callable[[Outcome], None] | None = None,
    ) -> None:
        """A report of one run.

        Args:
            app: the ready app.
            as_json: objects for programs in place of the summary for people.
            quiet: no bar, and a summary only if somebody is needed.
            seen: given every outcome.
        """
        self.bar = Bar(wanted=not quiet)
        self._quiet = quiet
        self._app = app
        self._as_json = as_json
        self._seen = seen
        self._logs = not self.bar.is_shown and not app.dry

    def show(self, event: RunEvent) -> None:
        """One more event of the run."""
        if isinstance(event, RunStarted):
            self.bar.begin(None if event.is_more else event.total)
            if self._logs:
                log_event(CRON_TAG, STARTING, due=event.total, run=event.run.id)
        elif isinstance(event, TalentSynced):
            self._add(event.outcome)

    def _add(self, outcome: Outcome) -> None:
        if self._seen is not None:
            self._seen(outcome)
        self.bar.advance(outcome)
        if self._as_json:
            with reader_may_leave(), self.bar.making_room():
                print_json(outcome_json(outcome), indent=None)
        elif self._app.dry and outcome.kind in SHOWN_ANEW:
            with reader_may_leave(), self.bar.making_room():
                write_line(f"{printable(outcome.name, LONGEST_CELL)}: {printable(would(outcome))}")
        if self._logs:
            fields = {"talent_id": outcome.talent_id, "outcome": outcome.kind.value, "source": outcome.source}
            level = logging.DEBUG if outcome.kind in NOTHING_NEW else logging.INFO
            log_event(TALENT_TAG, f"{outcome.talent_id}: {sentence(outcome)}", level=level, **fields)

    def finish(self, report: RunReport) -> None:
        """Say how the run went, also when it was cut short."""
        run = report.run
        seconds = round(((run.ended_at or self._app.now()) - run.started_at).total_seconds(), 3)
        if self._as_json:
            summary = summary_json(run, report.suspects, dry_run=self._app.dry, seconds=seconds)
            print_json(summary, indent=None)
            return
        is_well = run.exit_code == 0 and (report.tally.looked_at or not run.claimed_elsewhere)
        if self._quiet and is_well and not self._app.dry:
            return
        from talentimg.cli.present.summary import print_summary

        named = self._app.reconnecting.named
        reconnects = [named(*key, name) for key, name in report.tally.reconnects.items()]
        print_summary(report.tally, run, seconds=seconds, suspects=report.suspects, reconnects=reconnects)
        if run.note and run.state is not RunState.VALVE:  # which is said as the error that it is
            write_line(printable(run.note))
        if self._app.dry:
            write_line("This was a dry run: nothing was written.")

    def complete(self, report: RunReport) -> None:
        """The run has come to its end by itself."""
        if self._logs:
            counts = {kind.value: report.tally.counts[kind] for kind in OutcomeKind}
            log_event(CRON_TAG, COMPLETED, **counts, run=report.run.id)
