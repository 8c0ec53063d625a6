"""`talentimg workers`: which workers live, and what each does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.models import Worker


def command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List the workers that live, on all machines, and what each is doing."""
    with context.of(ctx).app() as app:
        workers = app.living.workers()
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import worker_json

        for worker in workers:
            print_json(worker_json(worker), indent=None)
        return
    print_workers(workers)


def print_workers(workers: Sequence[Worker]) -> None:
    """A table of them."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from talentimg.cli.present.fitting import print_fitting
    from talentimg.cli.terminal import LONGEST_CELL, printable

    console = Console(highlight=False)
    if not workers:
        console.print("No worker lives. Start one with: talentimg worker")
        return
    table = Table("Process", "Since", "Seen", "Doing", "Looked at")
    table.columns[1].no_wrap = table.columns[2].no_wrap = True
    for worker in workers:
        table.add_row(
            Text(printable(f"{worker.pid} on {worker.host}", LONGEST_CELL)),
            Text(f"{worker.started_at:%Y-%m-%d %H:%M}"),
            Text(f"{worker.seen_at:%H:%M:%S}"),
            Text(printable(worker.doing, LONGEST_CELL)),
            Text(str(worker.looked_at)),
        )
    print_fitting(table, console)
