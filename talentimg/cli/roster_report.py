"""What people and programs see of a roster run: a bar or log lines as it goes, a summary at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from talentimg.bootstrap import App
from talentimg.cli.logs import CRON_TAG, TALENT_TAG, log_event
from talentimg.cli.output import outcome_json, plain, print_json
from talentimg.cli.progress import Bar
from talentimg.cli.terminal import LONGEST_CELL, printable, write_line
from talentimg.cli.words import sentence, would
from talentimg.models import Outcome, OutcomeKind
from talentimg.records import Run, RunState, Suspect
from talentimg.service.run.tally import Tally

CHANGES = {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}


class Report:
    """Says what happens. Its size does not grow with the roster."""

    def __init__(self, app: App, run: Run, *, as_json: bool) -> None:
        """A report of one run.

        Args:
            app: the ready app.
            run: the run.
            as_json: objects for programs in place of the summary for people.
        """
        self.tally = Tally()
        self.total = 0
        self.bar = Bar()
        self._app = app
        self._run = run
        self._as_json = as_json
        self._logs = not self.bar.is_shown and not app.dry

    def start(self, message: str, total: int) -> None:
        """The run begins, with so many talents at most."""
        self.total = self.bar.total = total
        if self._logs:
            log_event(CRON_TAG, message, due=self.total, run=self._run.id)

    def add(self, outcome: Outcome) -> None:
        """One more talent is done and kept."""
        self.tally.add(outcome)
        self.bar.advance(outcome)
        if self._as_json:
            with self.bar.making_room():
                print_json(outcome_json(outcome), indent=None)
        elif self._app.dry and outcome.kind in CHANGES:
            with self.bar.making_room():
                write_line(f"{printable(outcome.name, LONGEST_CELL)}: {printable(would(outcome))}")
        if self._logs:
            fields = {"talent_id": outcome.talent_id, "outcome": outcome.kind.value, "source": outcome.source}
            log_event(TALENT_TAG, f"{outcome.talent_id}: {sentence(outcome)}", **fields)

    def finish(self, run: Run, *, suspects: Sequence[Suspect]) -> None:
        """Say how the run went, also when it was cut short."""
        still_due = run.still_due or 0
        seconds = round((self._app.now() - run.started_at).total_seconds(), 3)
        if self._as_json:
            print_json(self._document(run, seconds, still_due, suspects), indent=None)
            return
        from talentimg.cli.summary import print_summary

        print_summary(self.tally, seconds=seconds, still_due=still_due, suspects=suspects)
        if run.note and run.state is not RunState.VALVE:  # which is said as the error that it is
            write_line(printable(run.note))
        if self._app.dry:
            write_line("This was a dry run: nothing was written.")

    def _document(
        self, run: Run, seconds: float, still_due: int, suspects: Sequence[Suspect]
    ) -> dict[str, Any]:
        return {
            "summary": True,
            "run": None if self._app.dry else run.id,
            "state": run.state.value,
            "dry_run": self._app.dry,
            "looked_at": self.tally.looked_at,
            **{kind.value: self.tally.counts[kind] for kind in OutcomeKind},
            "showing_initials": self.tally.showing_initials,
            "still_due": still_due,
            "next_due_at": plain(run.next_due_at),
            "platforms": plain(run.platforms),
            "placeholders": [plain(suspect) for suspect in suspects],
            "note": run.note,
            "seconds": seconds,
        }

    def complete(self, message: str) -> None:
        """The run has come to its end by itself."""
        if self._logs:
            counts = {kind.value: self.tally.counts[kind] for kind in OutcomeKind}
            log_event(CRON_TAG, message, **counts, run=self._run.id)
