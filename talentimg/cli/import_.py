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
from talentimg.cli.person import By, Why, name_of
from talentimg.errors import FaultyFile, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.bootstrap import App
    from talentimg.service.people.chosen import RefusedChoice
    from talentimg.service.people.files.roster import RosterFile
    from talentimg.service.people.left_out import ForgottenTalent, LeftOut
    from talentimg.service.people.preview import Reconnected
    from talentimg.service.people.roster import Imported

MOST_NAMED = 5


def command(
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="CSV, a spreadsheet (.xlsx, .ods), JSON (lines), what export wrote; - for standard input.",
            show_default=False,
        ),
    ] = None,
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
    undo: Annotated[
        bool, typer.Option("--undo", help="Take the last import back; once more, the one before it.")
    ] = False,
    by: By = None,
    why: Why = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Add talents from a file, and update those who are already on the roster.

    Either the whole file is imported or nothing is: nothing either if too many pictures would go. Every fault
    in the file is named at once.

    An import never removes anyone, and leaves out accounts that somebody disconnected.
    """
    if undo and file is None:
        _undo(ctx, name_of(by), why, dry_run=dry_run, as_json=as_json)
        return
    if file is None or undo:
        raise UsageError("Give a file, or --undo alone.", hint="Like this: talentimg import roster.csv")
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
                done = app.roster.import_file(read, allow_losses=allow_losses, by=name_of(by), why=why)
                _tell(done, read.remarks, as_json=as_json)
        if not dry_run and not as_json:
            context.of(ctx).hint("Next: talentimg sync-all")


def _undo(ctx: typer.Context, by: str, why: str | None, *, dry_run: bool, as_json: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.present.undo import undo_lines
    from talentimg.cli.terminal import write_line
    from talentimg.service.people.undo import refuse_conflicts
    from talentimg.shapes import undo_json

    with context.of(ctx).app(dry=dry_run) as app:
        undo = app.imports.preview() if dry_run else app.imports.take_back(by=by, why=why)
    if as_json:
        print_json(undo_json(undo, dry_run=dry_run))
    else:
        for line in undo_lines(undo, dry_run=dry_run):
            write_line(line)
    refuse_conflicts(undo)


def _tell(done: Imported, remarks: Sequence[str], *, as_json: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import write_line
    from talentimg.shapes import imported_json

    if as_json:
        print_json(imported_json(done, remarks))
        return
    total = done.added + done.updated
    talents_word = "talent" if total == 1 else "talents"
    write_line(f"Imported {total} {talents_word}: {done.added} new, {done.updated} updated.")
    if done.decided:
        word = "talent" if done.decided == 1 else "talents"
        write_line(f"What people decided elsewhere was taken over for {done.decided} {word}.")
    if done.unchosen:
        _tell_unchosen(done.unchosen)
    if done.refused:
        _tell_refused(done.refused)
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
        print_json(preview_json(preview, file.remarks))
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


def _tell_unchosen(talent_ids: Sequence[str]) -> None:
    """A chosen picture that did not come is no choice."""
    from talentimg.cli.terminal import LONGEST_CELL, printable, write_line

    named = ", ".join(printable(i, LONGEST_CELL) for i in talent_ids[:MOST_NAMED])
    more = len(talent_ids) - MOST_NAMED
    others = f" and {more} more" if more > 0 else ""
    write_line(f"Without the picture that was chosen for them, as it is not in the file: {named}{others}.")


def _tell_refused(choices: Sequence[RefusedChoice]) -> None:
    """A chosen picture that is not shown here is no choice either, and somebody believes that it is."""
    from talentimg.cli.terminal import LONGEST_CELL, printable, write_line

    for one in choices[:MOST_NAMED]:
        who = printable(one.talent_id, LONGEST_CELL)
        write_line(f"The picture that was chosen for {who} is not shown: {printable(one.why)}")
    if (more := len(choices) - MOST_NAMED) > 0:
        write_line(f"So it is with those of {more} more.")


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
