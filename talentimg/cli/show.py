"""`talentimg show ID`: the picture that is shown for a talent, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from talentimg.cli import completion, context

if TYPE_CHECKING:
    from talentimg.bootstrap import App


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
        if as_json:
            from talentimg.cli.present.output import print_json

            print_json(_document(app, talent_id, why=why))
            return
        from talentimg.cli.present.card import print_card

        print_card(app, app.repository.load(talent_id), why=why, picture=picture)


def _document(app: App, talent_id: str, *, why: bool) -> dict[str, Any]:
    from talentimg.models import NEEDS_THE_PERSON
    from talentimg.shapes import shown_json

    if why:
        shown = app.showing.show(talent_id)
        reconnect = app.reconnecting.of(shown.record)
        return shown_json(shown.record, shown.picture, shown.chain, shown.standing, reconnect)
    record = app.repository.load(talent_id)  # the chain takes longer to load than all the rest
    content_hash = record.selection.content_hash
    picture = app.repository.picture(content_hash) if content_hash else None
    # So does finding out who has to connect again; nearly nobody has to.
    somebody_has_to = any(one.reason in NEEDS_THE_PERSON for one in record.candidates.values())
    return shown_json(record, picture, reconnect=app.reconnecting.of(record) if somebody_has_to else ())
