"""`talentimg import FILE`: a whole roster at once."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context
from talentimg.cli.options import AllowLosses
from talentimg.errors import FaultyFile, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.bootstrap import App
    from talentimg.service.people.files.roster import RosterFile
    from talentimg.service.people.left_out import ForgottenTalent, LeftOut
    from talentimg.service.people.preview import Reconnected

MOST_NAMED = 5


def command(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="CSV, a spreadsheet (.xlsx, .ods), JSON or JSON lines; - for standard input.",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say who is new, changed or gone, and write nothing.")
    ] = False,
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Encoding of a CSV file, such as mac-roman; it is found out otherwise."
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Sheet of a spreadsheet, if several are rosters."),
    ] = None,
    allow_losses: AllowLosses = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Add talents from a file, and update those who are already on the roster.

    Either the whole file is imported or nothing is: nothing either if too many pictures would go. Every fault
    in the file is named at once.

    An import never removes anyone, and leaves out accounts that somebody disconnected.
    """
    from talentimg.providers.registry import platform_names
    from talentimg.service.people.files.roster import read_roster

    name = "standard input" if file == "-" else file
    with _faults_told():
        read = read_roster(_read(file), name, platform_names(), encoding=encoding, sheet=sheet)
        _tell_remarks(read)
        with context.of(ctx).app(create=True, dry=dry_run) as app:
            if dry_run:
                _preview(app, read, allow_losses, as_json=as_json)
            else:
                _import(app, read, allow_losses, as_json=as_json)
        if not dry_run and not as_json:
            context.of(ctx).hint("Next: talentimg sync-all")


def _import(app: App, file: RosterFile, allow_losses: int | None, *, as_json: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import write_line

    done = app.roster.import_file(file, allow_losses=allow_losses)
    if as_json:
        print_json(done)
        return
    total = done.added + done.updated
    talents_word = "talent" if total == 1 else "talents"
    write_line(f"Imported {total} {talents_word}: {done.added} new, {done.updated} updated.")
    if done.left_out:
        _tell_left_out(done.left_out)
    if done.reconnected:
        _tell_reconnected(done.reconnected)
    if done.forgotten:
        _tell_forgotten(done.forgotten)


def _preview(app: App, file: RosterFile, allow_losses: int | None, *, as_json: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.present.preview import preview_lines
    from talentimg.cli.terminal import write_line
    from talentimg.shapes import preview_json

    preview = app.roster.preview(file, allow_losses=allow_losses)
    if as_json:
        print_json(preview_json(preview))
    else:
        for line in preview_lines(preview):
            write_line(line)
    if preview.refusal:
        raise preview.refusal


@contextmanager
def _faults_told() -> Iterator[None]:
    """Print every fault of a file before the sentence that counts them, and each remedy once."""
    from talentimg.cli.terminal import printable

    try:
        yield
    except FaultyFile as error:
        remedies: set[str] = set()
        for sentence, remedy in error.faults if len(error.faults) > 1 else ():
            typer.echo(printable(sentence), err=True)
            if remedy and remedy not in remedies:
                remedies.add(remedy)
                typer.echo(f"    {printable(remedy)}", err=True)
        raise


def _tell_remarks(file: RosterFile) -> None:
    from talentimg.cli.terminal import printable

    for remark in file.remarks:
        typer.echo(f"{printable(file.name)}: {printable(remark)}", err=True)


def _tell_left_out(accounts: Sequence[LeftOut]) -> None:
    """Who expects an account of the file on the roster finds out here that it is not, and how to have it."""
    from talentimg.cli.terminal import write_line

    first, several = accounts[0], len(accounts) > 1
    it, one = ("them", "one") if several else ("it", "it")
    write_line(f"{_counted(accounts)} left out, as somebody disconnected {it}: {_listed(accounts)}.")
    words = ("ID", "PLATFORM", "HANDLE") if several else (first.talent_id, first.platform, first.handle)
    typer.echo(f"To connect {one} again: talentimg connect {_typed(words)}", err=True)


def _tell_reconnected(accounts: Sequence[Reconnected]) -> None:
    """Whoever disconnected an account may not want the one of another name: it can be the same person's."""
    from talentimg.cli.terminal import write_line

    first, several = accounts[0], len(accounts) > 1
    it, one = ("one", "others") if several else ("it", "one")
    write_line(
        f"{_counted(accounts)} connected in place of {one} that somebody disconnected: {_listed(accounts)}."
    )
    words = ("ID", "PLATFORM") if several else (first.talent_id, first.platform)
    typer.echo(f"To take {it} away again: talentimg disconnect {_typed(words)}", err=True)


def _tell_forgotten(who: Sequence[ForgottenTalent]) -> None:
    """Whoever was forgotten stays so, which is no fault of the file."""
    from talentimg.cli.present.preview import forgotten_line
    from talentimg.cli.terminal import write_line

    write_line(f"{forgotten_line(who)}.")
    whom = who[0].talent_id if len(who) == 1 else "ID"
    typer.echo(f"To let one come back: talentimg remember {_typed([whom])}", err=True)


def _counted(accounts: Sequence[object]) -> str:
    return "1 account was" if len(accounts) == 1 else f"{len(accounts)} accounts were"


def _listed(accounts: Sequence[LeftOut | Reconnected]) -> str:
    from talentimg.cli.terminal import LONGEST_CELL, printable

    names = [f"{printable(a.talent_id, LONGEST_CELL)} ({a.platform})" for a in accounts[:MOST_NAMED]]
    more = len(accounts) - MOST_NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _typed(words: Sequence[str]) -> str:
    from talentimg.cli.terminal import printable

    return " ".join(shlex.quote(printable(word)) for word in words)


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"The file {file} cannot be read: {(error.strerror or 'no access').lower()}.",
            hint="Give a file, or - for standard input.",
        ) from None
