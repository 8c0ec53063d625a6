"""`talentimg runs [ID]`: how the latest roster runs went, or the details of one; `--stop` ends one gently."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import By, name_of
from talentimg.errors import UsageError
from talentimg.models import Run, RunProgress, RunState

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
    stop: Annotated[
        bool,
        typer.Option(
            "--stop",
            help="Let the run in progress, or the one with this ID, finish what it has begun, and end.",
        ),
    ] = False,
    by: By = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object per line; with an ID or --stop, a single object."),
    ] = False,
) -> None:
    """Show how the latest runs of sync-all went or go on, or the details of one; stop one that goes on."""
    if limit is not None and (stop or run_id is not None):
        raise UsageError("--limit applies only to the list.", hint="Give either an ID or --limit.")
    if by is not None and not stop:
        raise UsageError("--by is for --stop.", hint="talentimg runs --stop --by eve")
    if stop:
        with context.of(ctx).app() as app:
            _tell_stop(app.runs.request_stop(run_id, by=name_of(by)), as_json=as_json)
        return
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


def _show(progress: RunProgress, *, as_json: bool) -> None:
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import shown_run_json

        print_json(shown_run_json(progress))
        return
    from talentimg.cli.present.run_tables import print_run

    print_run(progress)


def _tell_stop(progress: RunProgress, *, as_json: bool) -> None:
    if as_json:
        _show(progress, as_json=True)
        return
    from talentimg.cli.terminal import printable, write_line

    many = len([run for run in progress.taking_part if run.state is RunState.RUNNING]) > 1
    does = "Those who share it finish" if many else "It finishes"
    write_line(
        f"The run {printable(progress.run.id)} was asked to stop. {does} what has begun, and then it ends."
    )
