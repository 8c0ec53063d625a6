"""`talentimg sync-all`: look at everybody who is due."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import typer

from talentimg.bootstrap import App
from talentimg.cli import context
from talentimg.cli.sync import exit_code
from talentimg.errors import TryLater, UsageError
from talentimg.models import INITIALS, Outcome, OutcomeKind

STARTING = "Starting daily talent profile image sync..."
COMPLETED = "Daily talent profile image sync completed"


def command(
    ctx: typer.Context,
    limit: Annotated[
        int | None,
        typer.Option(min=1, max=10_000_000, metavar="N", help="Talents to take at most.", show_default="200"),
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Take everybody who is due, without a limit.")
    ] = False,
    min_age: Annotated[
        float | None,
        typer.Option(
            min=0, max=100_000, metavar="HOURS", help="Hours since the last look.", show_default="24"
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Take them though they are not due, and fetch pictures anew.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, and a summary object last.")
    ] = False,
) -> None:
    """Look at every talent who is due: never looked at first, then the oldest."""
    if everybody and limit is not None:
        raise UsageError("--all and --limit contradict each other.", hint="Give one of them.")
    if min_age is not None and math.isnan(min_age):
        raise UsageError("--min-age is not a number.", hint="Like this: --min-age 12")
    with context.of(ctx).app() as app:
        before = None if force else app.due_before(min_age)
        most = None if everybody else limit or app.settings.sync_limit
        outcomes = run_roster(app, before=before, limit=most, force=force, as_json=as_json)
    raise typer.Exit(exit_code(outcomes))


def run_roster(
    app: App, *, before: datetime | None, limit: int | None, force: bool, as_json: bool = False
) -> list[Outcome]:
    """Sync who is due, showing how it goes; the summary is said even when it is cut short.

    Args:
        app: the ready app.
        before: the time of the last look before which a talent is due; None takes everybody.
        limit: talents to take at most.
        force: fetch pictures anew.
        as_json: objects for programs in place of the summary for people.
    """
    from talentimg.cli.logs import CRON_TAG, log_event
    from talentimg.cli.running import run

    # How many it will be: fewer, if other processes share the work.
    total = app.repository.count_due(app.now(), before=before)
    total = total if limit is None else min(limit, total)
    report = _Report(app, total, as_json=as_json)
    if report.logs:
        log_event(CRON_TAG, STARTING, due=total)
    try:
        if total:
            run(_sync(app, report, before=before, limit=limit, force=force))
    finally:
        report.finish(still_due=_still_due(app, before, total - len(report.outcomes)))
    if report.logs:
        log_event(CRON_TAG, COMPLETED, **report.counts)
    return report.outcomes


def _still_due(app: App, before: datetime | None, not_reached: int) -> int:
    """How many are due now; where the store is away, those whom this run did not reach."""
    try:
        # Told to leave out the age, everybody counts as due: then what matters is who was not reached.
        return app.repository.count_due(app.now(), before=before or app.due_before())
    except TryLater:
        return max(0, not_reached)


async def _sync(
    app: App, report: _Report, *, before: datetime | None, limit: int | None, force: bool
) -> None:
    with report.bar:
        async with (
            app.syncer() as syncer,
            aclosing(syncer.sync_due(before=before, limit=limit, force=force)) as outcomes,
        ):
            async for outcome in outcomes:
                report.add(outcome)


class _Report:
    """What people and programs see of a run: a bar or log lines as it goes, a summary at its end."""

    def __init__(self, app: App, total: int, *, as_json: bool) -> None:
        from talentimg.cli.progress import Bar

        self.outcomes: list[Outcome] = []
        self.bar = Bar(total)
        self.logs = not self.bar.is_shown
        self._app = app
        self._as_json = as_json
        self._began = app.now()

    @property
    def counts(self) -> dict[str, int]:
        """How many talents had each outcome; they add up to the talents looked at."""
        counted = Counter(outcome.kind for outcome in self.outcomes)
        return {kind.value: counted[kind] for kind in OutcomeKind}

    def add(self, outcome: Outcome) -> None:
        """One more talent is done and kept."""
        from talentimg.cli.logs import TALENT_TAG, log_event
        from talentimg.cli.output import outcome_json, print_json
        from talentimg.cli.words import sentence

        self.outcomes.append(outcome)
        self.bar.advance(outcome.kind)
        if self._as_json:
            print_json(outcome_json(outcome), indent=None)
        if self.logs:
            fields = {"talent_id": outcome.talent_id, "outcome": outcome.kind.value, "source": outcome.source}
            log_event(TALENT_TAG, f"{outcome.talent_id}: {sentence(outcome)}", **fields)

    def finish(self, *, still_due: int) -> None:
        """Say how the run went, also when it was cut short."""
        from talentimg.cli.output import print_json
        from talentimg.cli.summary import print_summary

        seconds = round((self._app.now() - self._began).total_seconds(), 3)
        initials = sum(outcome.source == INITIALS for outcome in self.outcomes)
        if not self._as_json:
            print_summary(self.outcomes, seconds=seconds, still_due=still_due)
            return
        summary = {
            "summary": True,
            "looked_at": len(self.outcomes),
            **self.counts,
            "showing_initials": initials,
            "still_due": still_due,
            "seconds": seconds,
        }
        print_json(summary, indent=None)
