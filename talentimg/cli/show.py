"""`talentimg show ID`: the picture that is shown for a talent, and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from talentimg.bootstrap import App
from talentimg.cli import completion, context
from talentimg.models import TalentRecord


def command(
    ctx: typer.Context,
    talent_id: Annotated[
        str, typer.Argument(metavar="ID", help="Whom to show.", autocompletion=completion.talent_ids)
    ],
    why: Annotated[
        bool, typer.Option("--why", help="The chain as it was evaluated: who was asked, and what came back.")
    ] = False,
    picture: Annotated[
        bool,
        typer.Option("--picture/--no-picture", help="The picture itself, on a terminal that can show it."),
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
    from talentimg.shapes import plain, talent_json

    shown = record.selection
    picture = app.repository.picture(shown.content_hash) if shown.content_hash else None
    document = {
        **talent_json(record.talent),
        "source": shown.source,
        "url": shown.url,
        "content_hash": shown.content_hash,
        "synced_at": plain(shown.synced_at),
        "picture": plain(picture),
        "policy": plain(record.policy),
    }
    return {**document, "chain": _chain(app, record)} if why else document


def _chain(app: App, record: TalentRecord) -> list[dict[str, Any]]:
    from talentimg.service.decision.explain import explain
    from talentimg.shapes import plain

    return [
        {
            "source": step.source,
            "verdict": plain(step.verdict),
            "why": plain(step.why),
            **_observed(plain(step.candidate) if step.candidate else {}),
            "next_due_at": plain(app.schedule.asked_next(record, step)),
        }
        for step in explain(record, app.rules, app.now())
    ]


def _observed(candidate: dict[str, Any]) -> dict[str, Any]:
    """The last attempt at a source, without what only identifies the row."""
    hidden = {"talent_id", "source", "next_due_at"}
    return {key: value for key, value in candidate.items() if key not in hidden}
