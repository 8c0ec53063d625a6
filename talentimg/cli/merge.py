"""`talentimg merge ID INTO`: make one of two talents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.consent import Yes, ask
from talentimg.cli.person import By, Why, name_of

if TYPE_CHECKING:
    from talentimg.service.people.forgetting import MergedTalents


def command(
    ctx: typer.Context,
    talent_id: Annotated[
        str, typer.Argument(metavar="ID", help="Who is removed.", autocompletion=completion.talent_ids)
    ],
    into: Annotated[
        str, typer.Argument(metavar="INTO", help="Who stays.", autocompletion=completion.talent_ids)
    ],
    by: By = None,
    why: Why = None,
    yes: Yes = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Make one of two talents on a roster that is talentimg's own.

    Accounts, decisions, history and disconnected accounts move to INTO where INTO has none of its own.

    Then the other one is removed.
    """
    from talentimg.cli.forget import finish
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import write_line
    from talentimg.shapes import merged_json

    with context.of(ctx).app() as app:
        app.forgetting.check_own("merged")
        ask(f"Merge {talent_id} into {into}, and remove {talent_id}?", yes=yes)
        done = app.forgetting.merge(talent_id, into, by=name_of(by), why=why)
    if as_json:
        print_json(merged_json(talent_id, into, done))
    else:
        for line in _lines(talent_id, into, done):
            write_line(line)
    finish([done.proof])


def _lines(talent_id: str, into: str, done: MergedTalents) -> Iterator[str]:
    from talentimg.cli.terminal import LONGEST_CELL, printable

    gone, stays = printable(talent_id, LONGEST_CELL), printable(into, LONGEST_CELL)
    if done.merged is None:
        yield f"{gone} was merged into {stays} already."
        return
    merged = done.merged
    name, other = printable(merged.name, LONGEST_CELL), printable(merged.into, LONGEST_CELL)
    yield f"Merged {name} ({gone}) into {other} ({stays})."
    yield f"  Moved: {', '.join(merged.moved) or 'nothing'}."
    if merged.left:
        yield f"  Left, as {other} has their own: {', '.join(merged.left)}."
