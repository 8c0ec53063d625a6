"""`talentimg opt-out ID`: a talent wants no picture, or none from one platform."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.person import AsJson, By, TalentId, Why, name_of, shown_now, tell

Platform = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Only pictures from there; user is the user's own avatar.",
        show_default="all pictures",
        autocompletion=completion.platforms,
    ),
]


def command(
    ctx: typer.Context,
    talent_id: TalentId,
    platform: Platform = None,
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Note that a talent wants no picture, or none from a platform. It goes at once, and is not asked for."""
    from talentimg.providers.names import parse_asked

    source = parse_asked(platform) if platform is not None else None
    cli = context.of(ctx)
    with cli.app() as app:
        done = app.talent_rules.opt_out(talent_id, source, by=name_of(by), why=why)
    what = f"opted out of {source}" if source else "opted out of every picture"
    said = f"{done.record.talent.name} {'has' if done.is_new else 'had already'} {what}."
    tell(done.outcome, f"{said} {shown_now(done.outcome)}", as_json=as_json)
    if done.is_new and source:
        cli.hint(f"The other sources are asked with the next look: talentimg sync {talent_id}")
