"""`talentimg list`: the roster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.bootstrap import App
from talentimg.cli import context

if TYPE_CHECKING:
    from talentimg.repository.interface import RosterRow


def command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List the roster: who is on it, and where each picture comes from."""
    with context.of(ctx).app(read_only=True) as app:
        if as_json:
            _print_lines(app)
        else:
            _print_table(app)


def _rows(app: App) -> Iterator[RosterRow]:
    page = app.roster.page()
    while page:
        yield from page
        page = app.roster.page(after=page[-1].talent_id)


def _print_lines(app: App) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.shapes import row_json

    for row in _rows(app):
        print_json(row_json(row), indent=None)


def _print_table(app: App) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from talentimg.cli.terminal import LONGEST_CELL, printable

    table = Table("Id", "Name", "Accounts", "Shown from", "Last look")
    for row in _rows(app):
        cells = (row.talent_id, row.name, ", ".join(row.platforms) or "-", row.source)
        when = f"{row.synced_at:%Y-%m-%d %H:%M} UTC" if row.synced_at else "never"
        table.add_row(*(Text(printable(cell, LONGEST_CELL)) for cell in cells), when)
    console = Console(highlight=False)
    if table.row_count:
        console.print(table)
    else:
        console.print('The roster is empty. Add the first talent with: talentimg add "NAME"')
