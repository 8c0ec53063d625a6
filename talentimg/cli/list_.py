"""`talentimg list`: the roster, or a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import completion, context

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.repository.interface import RosterRow
    from talentimg.service.people.listing import Wanted


def command(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT...]", help="Only those in whose id, name or handles all of this occurs."
        ),
    ] = None,
    platform: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Only those with an account there.", autocompletion=completion.platforms
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only those whose picture comes from there.",
            autocompletion=completion.sources,
        ),
    ] = None,
    without_picture: Annotated[
        bool, typer.Option("--without-picture", help="Only those who show initials.")
    ] = False,
    never_looked_at: Annotated[
        bool, typer.Option("--never-looked-at", help="Only those nobody has looked at yet.")
    ] = False,
    only_ids: Annotated[bool, typer.Option("--ids", help="Only the ids, one per line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List the roster: who is on it, and where each picture comes from.

    In a pipe each talent is one line of fields with tabs between them: id, name, accounts, source, last look.
    """
    wanted = _wanted(words or [], platform or [], source or [], without_picture, never_looked_at)
    with context.of(ctx).app(read_only=True) as app:
        rows = _noticed(app.roster.rows(wanted), is_whole=wanted == type(wanted)())
        if only_ids:
            _print_ids(rows)
        elif as_json:
            _print_json(rows)
        else:
            _print_lines(rows, app.now())


def _wanted(
    words: list[str], platforms: list[str], sources: list[str], without_picture: bool, never_looked_at: bool
) -> Wanted:
    from talentimg.models import INITIALS
    from talentimg.providers.names import parse_platform, parse_source
    from talentimg.service.people.listing import Wanted

    named = [parse_source(name) for name in sources] + [INITIALS] * without_picture
    return Wanted(tuple(words), frozenset(map(parse_platform, platforms)), frozenset(named), never_looked_at)


def _noticed(rows: Iterable[RosterRow], *, is_whole: bool) -> Iterator[RosterRow]:
    """The rows; if there are none, a sentence that says so, which is no data."""
    number = 0
    for number, row in enumerate(rows, start=1):  # noqa: B007  counted
        yield row
    if not number:
        empty = 'The roster is empty. Add the first talent with: talentimg add "NAME"'
        typer.echo(empty if is_whole else "Nobody on the roster is so.", err=True)


def _print_ids(rows: Iterable[RosterRow]) -> None:
    from talentimg.cli.terminal import printable, write_line

    for row in rows:
        write_line(printable(row.talent_id))


def _print_json(rows: Iterable[RosterRow]) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.shapes import row_json

    for row in rows:
        print_json(row_json(row), indent=None)


def _print_lines(rows: Iterable[RosterRow], now: datetime) -> None:
    import sys

    from talentimg.cli.present.roster_list import tab_separated, table_lines
    from talentimg.cli.terminal import columns_of, is_terminal, write_line

    is_watched = is_terminal(sys.stdout)
    width = columns_of(sys.stdout)
    for line in table_lines(rows, width, now) if is_watched else map(tab_separated, rows):
        write_line(line)
