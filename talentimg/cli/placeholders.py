"""`talentimg placeholders`: pictures that too many people of a platform have, and what people say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import name_of

if TYPE_CHECKING:
    from talentimg.models import Suspect

SHOWN_OF_HASH = 12


def command(
    ctx: typer.Context,
    allow: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", help="Accept this picture as a real one; the first six characters are enough."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List pictures treated as placeholders because several people have the same one; accept real ones."""
    cli = context.of(ctx)
    with cli.app(read_only=allow is None) as app:
        service = app.placeholders
        suspects = service.suspects() if allow is None else service.allow(allow, by=name_of(None))
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import suspect_json

        for suspect in suspects:
            print_json(suspect_json(suspect), indent=None)
    elif allow is None:
        _print_table(suspects)
        if not all(suspect.is_allowed for suspect in suspects):
            cli.hint("To accept one as a real picture: talentimg placeholders --allow HASH")
    else:
        _say_allowed(suspects)
        cli.hint("It will be shown from the next look on: talentimg sync ID")


def _print_table(suspects: Sequence[Suspect]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from talentimg.cli.present.fitting import print_fitting
    from talentimg.cli.terminal import LONGEST_CELL, printable

    console = Console(highlight=False)
    if not suspects:
        console.print("No picture is treated as a placeholder.")
        return
    table = Table("Source", "Hash", "Since (UTC)", "Talents", "State")
    table.columns[1].no_wrap = True  # a hash that is cut cannot be copied
    table.columns[3].justify = "right"
    for suspect in suspects:
        table.add_row(
            Text(printable(suspect.source, LONGEST_CELL)),
            Text(printable(suspect.source_hash[:SHOWN_OF_HASH])),
            f"{suspect.since:%Y-%m-%d %H:%M}",
            str(suspect.talents),
            Text(_state(suspect), "" if suspect.is_allowed else "yellow"),
        )
    print_fitting(table, console)


def _state(suspect: Suspect) -> str:
    from talentimg.cli.terminal import LONGEST_CELL, printable

    if suspect.allowed_at is None:
        return "treated as a placeholder"
    who = printable(suspect.allowed_by or "somebody", LONGEST_CELL)
    return f"allowed by {who} on {suspect.allowed_at:%Y-%m-%d}"


def _say_allowed(suspects: Sequence[Suspect]) -> None:
    from talentimg.cli.terminal import printable, write_line

    for suspect in suspects:
        short = printable(suspect.source_hash[:SHOWN_OF_HASH])
        write_line(f"The picture {short} from {printable(suspect.source)} is {_state(suspect)}.")
