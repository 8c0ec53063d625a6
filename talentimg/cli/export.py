"""`talentimg export [FILE]`: the roster for a spreadsheet, a backup, an address book."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from talentimg.cli import completion, context
from talentimg.errors import UsageError

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.service.people.export.exporter import Form
    from talentimg.service.people.export.results import Written

ENDINGS = {".csv": "csv", ".json": "json", ".zip": "zip", ".vcf": "vcard", ".vcard": "vcard"}
BINARY = frozenset({"zip"})
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def command(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="Where it goes; - for standard output.")
    ] = "-",
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="csv|json|zip|vcard",
            help="What to write; by default what the file's name ends in, else csv.",
            autocompletion=completion.forms,
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Tell in one JSON object what was written to FILE.")
    ] = False,
) -> None:
    """Write the whole roster with its accounts and what people decided, as `import` takes it back.

    csv and json hold everything but pictures and tokens; zip has the picture that is shown for each, and
    those that people chose; vcard is for address books. The file is complete or not there at all.
    """
    from talentimg.cli.terminal import is_terminal
    from talentimg.service.people.export.exporter import Form

    wanted = Form(_form(form, file))
    if file == "-" and as_json:
        raise UsageError("--json needs a FILE: standard output has the roster itself.")
    if file == "-" and wanted in BINARY and is_terminal(sys.stdout):
        raise UsageError("A ZIP is nothing to look at.", hint="Name a file: talentimg export roster.zip")
    with context.of(ctx).app(read_only=True) as app:
        if file == "-":
            _tell_missing(_to_stdout(app, wanted))
            return
        done = _to_file(app, wanted, Path(file))
    _tell(done, file, as_json=as_json)
    _tell_missing(done)


def _form(typed: str | None, file: str) -> str:
    from talentimg.service.people.export.exporter import Form
    from talentimg.suggest import did_you_mean

    if typed is None:
        return _form_of(file)
    name = "vcard" if typed.lower() == "vcf" else typed.lower()
    if name not in list(Form):
        raise UsageError(
            f"--format {typed!r} is unknown.{did_you_mean(name, [str(one) for one in Form])}",
            hint=f"One of: {', '.join(Form)}.",
        )
    return name


def _form_of(file: str) -> str:
    """What a name ends in; CSV if it ends in nothing."""
    ending = Path(file).suffix.lower()
    if ending and ending not in ENDINGS:
        raise UsageError(
            f"What is to be written to {file} does not show from its name.",
            hint="End it in .csv, .json, .zip or .vcf, or say so with --format.",
        )
    return ENDINGS.get(ending, "csv")


def _to_stdout(app: App, form: Form) -> Written:
    from talentimg.cli.terminal import ReaderGone

    try:
        sys.stdout.flush()
        done = app.exporter.write(form, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # whoever read it has seen enough
        raise ReaderGone from None
    return done


def _to_file(app: App, form: Form, path: Path) -> Written:
    from talentimg.cli.whole_file import whole_file

    def write(file: IO[bytes]) -> Written:
        if form == "csv":  # by which a spreadsheet knows that it is UTF-8
            file.write(BYTE_ORDER_MARK)
        return app.exporter.write(form, file)

    with whole_file(path) as file:
        return write(file)


def _tell(done: Written, file: str, *, as_json: bool) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import printable, write_line

    if as_json:
        print_json({"file": file, **_counts(done)})
        return
    pictures = (
        f" and {done.pictures} {'picture' if done.pictures == 1 else 'pictures'}" if done.pictures else ""
    )
    talents = "talent" if done.talents == 1 else "talents"
    write_line(f"Exported {done.talents} {talents}{pictures} to {printable(file)}.")


def _counts(done: Written) -> dict[str, int]:
    return {"talents": done.talents, "pictures": done.pictures, "missing": done.missing}


def _tell_missing(done: Written) -> None:
    from talentimg.cli.terminal import warn

    if done.missing:
        how = "1 picture is" if done.missing == 1 else f"{done.missing} pictures are"
        warn(f"{how} not in the store and was left out; the next sync-all fetches what is lost.")
