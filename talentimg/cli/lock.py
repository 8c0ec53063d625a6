"""`talentimg lock ID`: what is shown stays."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import context
from talentimg.cli.person import AsJson, By, TalentId, Why, name_of, picture_of, tell


def command(
    ctx: typer.Context,
    talent_id: TalentId,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="DATE|3w",
            help="When it ends: a date or time in UTC, or weeks, days or hours from now (3w, 10d, 12h).",
            show_default="never",
        ),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Freeze what is shown, initials too. No sync changes it, not even with --force."""
    from talentimg.service.people.until import parse_until

    with context.of(ctx).app() as app:
        end = parse_until(until, app.now()) if until is not None else None
        done = app.talent_rules.lock(talent_id, by=name_of(by), why=why, until=end)
    shown = picture_of(done.outcome.source)
    ends = f"{end:%Y-%m-%d %H:%M} UTC" if end else f"talentimg unlock {talent_id}"
    tell(done.outcome, f"Locked: {done.record.talent.name} keeps {shown} until {ends}", as_json=as_json)
