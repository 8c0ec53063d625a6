"""`talentimg import FILE`: a whole roster at once."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.options import AllowLosses
from talentimg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.service.people.left_out import LeftOut

MOST_NAMED = 5


def command(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A .csv or .json file, or - for standard input.")
    ],
    allow_losses: AllowLosses = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Add talents from a file, and update those who are already on the roster.

    Either the whole file is imported or nothing is: nothing either if too many pictures would go.

    An import never removes anyone, and leaves out accounts that somebody disconnected.
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
        if done.left_out:
            _tell_left_out(done.left_out)
        typer.echo("Next: talentimg sync-all", err=True)


def _tell_left_out(accounts: Sequence[LeftOut]) -> None:
    """Who expects an account of the file on the roster finds out here that it is not, and how to have it."""
    from talentimg.cli.terminal import LONGEST_CELL, printable, write_line

    number, more = len(accounts), len(accounts) - MOST_NAMED
    counted = f"{number} account was" if number == 1 else f"{number} accounts were"
    names = [f"{printable(a.talent_id, LONGEST_CELL)} ({a.platform})" for a in accounts[:MOST_NAMED]]
    listed = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    write_line(f"{counted} left out, as somebody disconnected {'it' if number == 1 else 'them'}: {listed}.")
    one = accounts[0]
    words = (one.talent_id, one.platform, one.handle) if number == 1 else ("ID", "PLATFORM", "HANDLE")
    again = " ".join(shlex.quote(printable(word)) for word in words)
    typer.echo(f"To connect {'it' if number == 1 else 'one'} again: talentimg connect {again}", err=True)


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
