"""`talentimg show ID`: the picture that is shown for a talent, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from talentimg.cli import completion, context

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.models import TalentRecord
    from talentimg.service.decision.explain import Step


def command(
    ctx: typer.Context,
    talent_id: Annotated[
        str, typer.Argument(metavar="ID", help="The talent to show.", autocompletion=completion.talent_ids)
    ],
    why: Annotated[
        bool,
        typer.Option("--why", help="Explain the choice: every source in order, and what each one answered."),
    ] = False,
    picture: Annotated[
        bool,
        typer.Option("--picture/--no-picture", help="Draw the picture, if the terminal can show it."),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show a talent's profile picture, where it comes from, and why."""
    with context.of(ctx).app(read_only=True) as app:
        record = app.repository.load(talent_id)
        if as_json:
            from talentimg.cli.present.output import print_json

            print_json(_document(app, record, why=why))
            return
        from talentimg.cli.present.card import print_card

        print_card(app, record, why=why, picture=picture)


def _document(app: App, record: TalentRecord, *, why: bool) -> dict[str, Any]:
    from talentimg.shapes import shown_json

    content_hash = record.selection.content_hash
    picture = app.repository.picture(content_hash) if content_hash else None
    if not why:  # the chain takes longer to load than all the rest
        return shown_json(record, picture)
    return shown_json(record, picture, _chain(app, record), app.standing(record))


def _chain(app: App, record: TalentRecord) -> Iterator[tuple[Step, datetime | None]]:
    """The chain as it was evaluated, with the times at which its sources are asked next."""
    from talentimg.service.decision.explain import explain

    for step in explain(record, app.rules, app.now()):
        yield step, app.schedule.next_check(record, step)
