"""`talentimg unlock ID`: what is shown follows the sources again."""

from __future__ import annotations

import typer

from talentimg.cli import context
from talentimg.cli.person import AsJson, By, TalentId, Why, name_of, shown_now, tell


def command(
    ctx: typer.Context, talent_id: TalentId, by: By = None, why: Why = None, as_json: AsJson = False
) -> None:
    """Take a lock away: what the sources are known to offer is shown at once."""
    cli = context.of(ctx)
    with cli.app() as app:
        done = app.talent_rules.unlock(talent_id, by=name_of(by), why=why)
    name = done.record.talent.name
    said = f"{name} is unlocked." if done.is_new else f"{name} has no lock."
    tell(done.outcome, f"{said} {shown_now(done.outcome)}", as_json=as_json)
    if done.is_new:
        cli.hint(f"The sources are asked with the next look: talentimg sync {talent_id}")
