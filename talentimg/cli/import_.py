"""`talentimg import FILE`: a whole roster at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.cli.options import AllowLosses
from talentimg.errors import UsageError


def command(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A .csv or .json file, or - for standard input.")
    ],
    allow_losses: AllowLosses = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Add talents from a file, and update those who are already on the roster.

    Either the whole file is imported or nothing is: nothing either if too many pictures would go. An
    import never removes anyone.
    """
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import write_line
    from talentimg.service.people.roster_file import parse_roster

    talents = parse_roster(_read(file), "standard input" if file == "-" else file)
    with context.of(ctx).app(create=True) as app:
        done = app.roster.import_talents(talents, allow_losses=allow_losses)
    if as_json:
        print_json(done)
    else:
        total = done.added + done.updated
        talents_word = "talent" if total == 1 else "talents"
        write_line(f"Imported {total} {talents_word}: {done.added} new, {done.updated} updated.")
        typer.echo("Next: talentimg sync-all", err=True)


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"The file {file} cannot be read: {(error.strerror or 'no access').lower()}.",
            hint="Give a .csv or .json file, or - for standard input.",
        ) from None
