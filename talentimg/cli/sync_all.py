"""`talentimg sync-all`: look at everyone who is due."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.cli.options import AllowLosses
from talentimg.cli.person import name_of
from talentimg.errors import UsageError


def command(
    ctx: typer.Context,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, max=10_000_000, metavar="N", help="Maximum number of talents.", show_default="200"
        ),
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Take everyone who is due, without a limit.")
    ] = False,
    min_age: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=100_000,
            metavar="HOURS",
            help="Hours since the last look after which a talent is due.",
            show_default="24",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Take talents who are not due as well, and fetch all pictures again."),
    ] = False,
    join: Annotated[
        bool, typer.Option("--join", help="Share the work of a run in progress, if there is one.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")
    ] = False,
    allow_losses: AllowLosses = None,
    ping_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Notify a service like healthchecks.io when the run starts and ends."
        ),
    ] = None,
    metrics_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write the run's metrics to this file in the Prometheus text format."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per line, and a summary object last.")
    ] = False,
) -> None:
    """Look at every talent who is due: those never looked at first, then those looked at longest ago."""
    from talentimg.cli.roster_run import run_roster
    from talentimg.cli.running import give_way
    from talentimg.service.run.nightly import RunRequest

    if everybody and limit is not None:
        raise UsageError("--all and --limit contradict each other.", hint="Use only one of them.")
    if min_age is not None and math.isnan(min_age):
        raise UsageError("--min-age is not a number.", hint="Like this: --min-age 12")
    if join and dry_run:
        raise UsageError(
            "--join and --dry-run contradict each other.",
            hint="A dry run never gets in the way of another run.",
        )
    cli = context.of(ctx)
    cli.flags |= {"ping_url": ping_url, "metrics_file": metrics_file}
    with cli.app(dry=dry_run) as app:
        give_way(app.settings.sync_nice)
        request = RunRequest(
            before=None
            if force
            else app.schedule.due_before(None if min_age is None else timedelta(hours=min_age)),
            limit=None if everybody else limit or app.settings.sync_limit,
            force=force,
            join=join,
            allow_losses=allow_losses,
            by=name_of(None),
        )
        code = run_roster(app, request, as_json=as_json, quiet=cli.quiet)
    raise typer.Exit(code)
