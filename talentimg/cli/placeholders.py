"""`talentimg placeholders`: pictures that are shown for nobody, and what people say of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from talentimg.cli import completion, context
from talentimg.cli.options import AllowLosses
from talentimg.cli.person import By, name_of
from talentimg.errors import TalentNotFound, UsageError

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.models import Outcome, Suspect
    from talentimg.service.people.unwanted import Named

SHOWN_OF_HASH = 12
MOST_NAMED = 3
"""How many of those who lose a picture are named in the answer."""
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Hash = Annotated[
    str, typer.Argument(metavar="HASH", help="Which picture; the first six characters of it are enough.")
]


def command(
    ctx: typer.Context,
    allow: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", help="Accept this picture as a real one; the first six characters are enough."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List pictures treated as placeholders: several people have the same one, or somebody named it.

    Accept those that are real, and name those that are not.
    """
    if ctx.invoked_subcommand is not None:
        return
    if allow is None:
        list_known(ctx, as_json)
    else:
        allow_one(ctx, allow, as_json=as_json)


def list_known(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List them: where each comes from, and what people have said of it."""
    cli = context.of(ctx)
    with cli.app(read_only=True) as app:
        suspects = app.placeholders.suspects()
    if as_json:
        _print_json(suspects)
        return
    _print_table(suspects)
    if not all(suspect.is_allowed for suspect in suspects):
        cli.hint("To accept one as a real picture: talentimg placeholders --allow HASH")


def allow_one(ctx: typer.Context, picture: Hash, by: By = None, as_json: AsJson = False) -> None:
    """Accept a picture as a real one, wherever it comes from."""
    cli = context.of(ctx)
    with cli.app() as app:
        suspects = app.placeholders.allow(picture, by=name_of(by))
    if as_json:
        _print_json(suspects)
        return
    _say_allowed(suspects)
    cli.hint("It will be shown from the next look on: talentimg sync ID")


def add(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|ID",
            help="The talent who shows it, or a file with the picture (- for stdin).",
            autocompletion=completion.talent_ids,
        ),
    ],
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="What to call it in the list.")] = None,
    by: By = None,
    allow_losses: AllowLosses = None,
    as_json: AsJson = False,
) -> None:
    """Name a picture a placeholder: it and what looks like it is refused for everybody, from every source.

    Whoever shows it gets back what was shown before, at once. A lock and a choice of a person's hold.
    """
    from talentimg.cli.running import run

    cli = context.of(ctx)
    with cli.app() as app:
        named = run(_add(app, what, name, name_of(by), allow_losses))
    if as_json:
        _print_json([named.suspect])
    else:
        _say_named(named)


def remove(ctx: typer.Context, picture: Hash, as_json: AsJson = False) -> None:
    """Take back that a picture is a placeholder, if a person has named it one."""
    cli = context.of(ctx)
    with cli.app() as app:
        suspects = app.named_placeholders.remove(picture)
    if as_json:
        _print_json(suspects)
        return
    from talentimg.cli.terminal import printable, write_line

    for suspect in suspects:
        write_line(f"The picture {printable(_called(suspect))} is no placeholder any more.")
    cli.hint("It will be shown from the next look on: talentimg sync ID")


async def _add(app: App, what: str, name: str | None, by: str, allow_losses: int | None) -> Named:
    """Whoever has an id is meant before a file that is called so: `./ada` is the file."""
    from talentimg.cli.given import STDIN, read

    desk = app.named_placeholders
    try:
        if what != STDIN:
            return await desk.add_shown(what, name=name, by=by, allow_losses=allow_losses)
    except TalentNotFound:
        if not _is_file(what) and ("/" in what or "." in what):  # rather the name of a file
            raise UsageError(f"There is no file {what}.", hint="Check its path.") from None
        if not _is_file(what):
            raise
    data = read(what, app.settings.http_max_picture_bytes)
    return await desk.add_file(data, name=name, by=by, allow_losses=allow_losses)


def _is_file(what: str) -> bool:
    try:
        return Path(what).is_file()
    except (OSError, ValueError):
        return False


def _say_named(named: Named) -> None:
    from talentimg.cli.terminal import printable, write_line

    suspect, outcomes = named.suspect, named.outcomes
    write_line(f"The picture {printable(_called(suspect))} is refused for everybody from now on.")
    if outcomes:
        write_line(printable(_taken_down(outcomes)))


def _taken_down(outcomes: Sequence[Outcome]) -> str:
    from talentimg.models import INITIALS

    initials = sum(outcome.source == INITIALS for outcome in outcomes)
    who = ", ".join(outcome.name for outcome in outcomes[:MOST_NAMED])
    left = len(outcomes) - MOST_NAMED
    more = f" and {left} more" if left > 0 else ""
    talents = "1 talent" if len(outcomes) == 1 else f"{len(outcomes)} talents"
    return f"It was taken away from {talents} ({who}{more}); {initials} of them show initials."


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
            Text(printable(_source(suspect), LONGEST_CELL)),
            Text(printable(suspect.source_hash[:SHOWN_OF_HASH])),
            f"{suspect.since:%Y-%m-%d %H:%M}",
            str(suspect.talents),
            Text(_state(suspect), "" if suspect.is_allowed else "yellow"),
        )
    print_fitting(table, console)


def _state(suspect: Suspect) -> str:
    from talentimg.cli.terminal import LONGEST_CELL, printable

    if suspect.allowed_at is None and suspect.named_by:
        name = f"{printable(suspect.name, LONGEST_CELL)}, " if suspect.name else ""
        return f"{name}named by {printable(suspect.named_by, LONGEST_CELL)}"
    if suspect.allowed_at is None:
        return "treated as a placeholder"
    who = printable(suspect.allowed_by or "somebody", LONGEST_CELL)
    return f"allowed by {who} on {suspect.allowed_at:%Y-%m-%d}"


def _say_allowed(suspects: Sequence[Suspect]) -> None:
    from talentimg.cli.terminal import printable, write_line

    for suspect in suspects:
        short = printable(suspect.source_hash[:SHOWN_OF_HASH])
        write_line(f"The picture {short} from {printable(_source(suspect))} is {_state(suspect)}.")


def _source(suspect: Suspect) -> str:
    from talentimg.models import ANY_SOURCE

    return "any source" if suspect.source == ANY_SOURCE else suspect.source


def _called(suspect: Suspect) -> str:
    short = suspect.source_hash[:SHOWN_OF_HASH]
    return f"{suspect.name} ({short})" if suspect.name else short


def _print_json(suspects: Sequence[Suspect]) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.shapes import suspect_json

    for suspect in suspects:
        print_json(suspect_json(suspect), indent=None)


WORDS: Final = {"list": list_known, "add": add, "remove": remove, "allow": allow_one}
"""The words that may follow."""
