"""`talentimg rollback ID`: show again what was shown before, and keep it."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import AsJson, By, TalentId, Why, name_of, picture_of, tell


def command(
    ctx: typer.Context,
    talent_id: TalentId,
    to: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=2**63 - 1,
            metavar="N",
            help="The number of a version, as `history` tells it.",
            show_default="the version before",
        ),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Go back to what was shown before. Nothing is fetched. It is locked, so that it stays."""
    with context.of(ctx).app() as app:
        done = app.history.rollback(talent_id, to, by=name_of(by), why=why)
    name, shown = done.record.talent.name, picture_of(done.outcome.source)
    sentence = f"{name} shows {shown} again. It is locked until: talentimg unlock {talent_id}"
    tell(done.outcome, sentence, as_json=as_json)
