"""`talentimg list`: the roster, or a part of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import completion, context
from talentimg.errors import UsageError

if TYPE_CHECKING:
    from enum import StrEnum

    from talentimg.service.decision.state import TalentState
    from talentimg.service.people.listing import Listed
    from talentimg.service.people.reconnecting import Reconnect


def command(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT...]", help="Only those in whose id, name or handles all of this occurs."
        ),
    ] = None,
    search: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="The same, for a text that could be taken for an option."),
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
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="Only those who stand so: needs-you, waiting, kept, stale, initials, locked or fresh.",
            autocompletion=completion.states,
        ),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Only those nobody has looked at for so long, such as 12h or 3d."),
    ] = None,
    without_picture: Annotated[
        bool, typer.Option("--without-picture", help="Only those who show initials.")
    ] = False,
    never_looked_at: Annotated[
        bool, typer.Option("--never-looked-at", help="Only those nobody has looked at yet.")
    ] = False,
    sort: Annotated[
        str,
        typer.Option(
            metavar="BY",
            help="id, name, age (oldest look first), state (who needs you first) or source.",
            autocompletion=completion.sorts,
        ),
    ] = "id",
    only_ids: Annotated[bool, typer.Option("--ids", help="Only the ids, one per line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List the roster: who is on it, how everybody stands, and where each picture comes from.

    In a pipe each talent is one line of fields with tabs between them: id, name, accounts, source, last look,
    state.
    """
    from talentimg.models import INITIALS
    from talentimg.providers.names import parse_platform, parse_source
    from talentimg.service.decision.state import TalentState
    from talentimg.service.people.listing import Sort, Wanted, age_of

    order = Sort(_one_of(Sort, sort, "--sort"))
    with context.of(ctx).app(read_only=True) as app:
        sources = [parse_source(name) for name in source or []] + [INITIALS] * without_picture
        wanted = Wanted(
            (*(words or ()), *(search or ())),
            frozenset(map(parse_platform, platform or [])),
            frozenset(sources),
            never_looked_at,
            frozenset(TalentState(_one_of(TalentState, one, "--state")) for one in state or []),
            app.now() - age_of(older_than, "--older-than") if older_than is not None else None,
        )
        counts: Counter[TalentState] = Counter()
        reconnects: list[Reconnect] = []
        rows = _counted(app.listing.rows(wanted, order), counts, reconnects)
        _print(_noticed(rows, is_whole=wanted == Wanted()), only_ids=only_ids, as_json=as_json)
        if not only_ids and not as_json:
            _tell(counts, reconnects if TalentState.NEEDS_YOU in wanted.states else [], context.of(ctx))


def _one_of(kind: type[StrEnum], typed: str, option: str) -> str:
    """What was typed, as one of these words has it.

    Raises:
        UsageError: it is none of them.
    """
    from talentimg.suggest import did_you_mean

    names = [str(word).replace("_", "-") for word in kind]
    name = typed.strip().lower().replace("_", "-")
    if name not in names:
        raise UsageError(
            f"{option} {typed!r} is unknown.{did_you_mean(name, names)}", hint=f"One of: {', '.join(names)}."
        )
    return name.replace("-", "_")


def _counted(
    rows: Iterable[Listed], counts: Counter[TalentState], reconnects: list[Reconnect]
) -> Iterator[Listed]:
    from talentimg.cli.present.reconnect import MOST

    for row in rows:
        counts[row.standing.state] += 1
        if len(reconnects) <= MOST:  # memory does not grow with the roster
            reconnects += row.reconnect
        yield row


def _noticed(rows: Iterable[Listed], *, is_whole: bool) -> Iterator[Listed]:
    """The rows; if there are none, a sentence that says so, which is no data."""
    number = 0
    for number, row in enumerate(rows, start=1):  # noqa: B007  counted
        yield row
    if not number:
        empty = 'The roster is empty. Add the first talent with: talentimg add "NAME"'
        typer.echo(empty if is_whole else "Nobody on the roster is so.", err=True)


def _tell(counts: Counter[TalentState], reconnects: Collection[Reconnect], cli: context.Cli) -> None:
    """How many there were, how they stand, and who has to connect again: for a person, and no data."""
    import sys

    from talentimg.cli.present.reconnect import reconnect_lines
    from talentimg.cli.present.roster_list import count_line
    from talentimg.cli.terminal import is_terminal

    if counts.total() and is_terminal(sys.stdout):
        cli.hint(count_line(counts))
        for line in reconnect_lines(reconnects):
            cli.hint(line)


def _print(rows: Iterable[Listed], *, only_ids: bool, as_json: bool) -> None:
    if only_ids:
        _print_ids(rows)
    elif as_json:
        _print_json(rows)
    else:
        _print_lines(rows)


def _print_ids(rows: Iterable[Listed]) -> None:
    from talentimg.cli.terminal import printable, write_data

    for one in rows:
        write_data(printable(one.row.talent_id))


def _print_json(rows: Iterable[Listed]) -> None:
    from talentimg.cli.present.output import print_json
    from talentimg.shapes import listed_json

    for one in rows:
        print_json(listed_json(one), indent=None)


def _print_lines(rows: Iterable[Listed]) -> None:
    import shutil
    import sys

    from talentimg.cli.present.roster_list import tab_separated, table_lines
    from talentimg.cli.terminal import is_terminal, write_data

    is_watched = is_terminal(sys.stdout)
    width = shutil.get_terminal_size().columns
    for line in table_lines(rows, width) if is_watched else map(tab_separated, rows):
        write_data(line)
