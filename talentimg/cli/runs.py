"""`talentimg runs [ID]`: how the latest roster runs went, or the details of one."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.errors import UsageError
from talentimg.models import Run

LATEST = 20


def command(
    ctx: typer.Context,
    run_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="The run to show; without it the latest runs are listed."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, max=100_000, metavar="N", help="Maximum number of runs to list.", show_default=str(LATEST)
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per line; with an ID, a single object.")
    ] = False,
) -> None:
    """Show how the latest runs of sync-all went, or the details of one of them."""
    if run_id is not None and limit is not None:
        raise UsageError("--limit applies only to the list.", hint="Give either an ID or --limit.")
    with context.of(ctx).app(read_only=True) as app:
        if run_id is None:
            _list(app.runs.latest(limit=limit or LATEST), as_json=as_json)
        else:
            _show(app.runs.find(run_id), as_json=as_json)


def _list(runs: list[Run], *, as_json: bool) -> None:
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import run_json

        for run in runs:
            print_json(run_json(run), indent=None)
        return
    from talentimg.cli.present.run_tables import print_runs

    print_runs(runs)


def _show(run: Run, *, as_json: bool) -> None:
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import run_json

        print_json(run_json(run))
        return
    from talentimg.cli.present.run_tables import print_run

    print_run(run)
