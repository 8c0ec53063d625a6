"""`talentimg history ID`: what was shown for a talent, and who said what."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import TalentId

MOST = 10_000


def command(
    ctx: typer.Context,
    talent_id: TalentId,
    limit: Annotated[int, typer.Option(min=1, max=MOST, metavar="N", help="How many, newest first.")] = 20,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Draw each version, if the terminal can.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Tell what was shown for a talent and what people said about it: who, when and why. Newest first.

    The number of a version is what `rollback --to` takes. It stays the same.
    """
    with context.of(ctx).app(read_only=True) as app:
        events = app.history.events(talent_id, limit=limit)
        if as_json:
            from talentimg.cli.present.output import print_json
            from talentimg.shapes import event_json

            for event in events:
                print_json(event_json(event), indent=None)
            return
        from talentimg.cli.present.history import print_history

        print_history(app, events, pictures=pictures)
