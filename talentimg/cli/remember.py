"""`talentimg remember ID`: let somebody who was forgotten come back."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import By, Why, name_of


def command(
    ctx: typer.Context,
    talent_id: Annotated[str, typer.Argument(metavar="ID", help="Who was forgotten.")],
    by: By = None,
    why: Why = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Let somebody who was forgotten come back, with every platform. Nothing comes back by itself.

    The next import, `add` or sync may bring them again.
    """
    from talentimg.cli.present.output import print_json
    from talentimg.cli.terminal import LONGEST_CELL, printable, write_line
    from talentimg.shapes import remembered_json

    with context.of(ctx).app() as app:
        found = app.forgetting.remember(talent_id, by=name_of(by), why=why)
    if as_json:
        print_json(remembered_json(talent_id, found))
        return
    for one in found:
        what = f"{one.platform} of {one.talent_id}" if one.platform else one.talent_id
        who = printable(one.by, LONGEST_CELL)
        write_line(
            f"{printable(what, LONGEST_CELL)} may come back; {who} had it forgotten on {one.at:%Y-%m-%d}."
        )
