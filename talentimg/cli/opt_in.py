"""`talentimg opt-in ID`: take an opt-out back."""

from __future__ import annotations

import typer

from talentimg.cli import context
from talentimg.cli.opt_out import Platform
from talentimg.cli.person import AsJson, By, TalentId, Why, name_of, shown_now, tell


def command(
    ctx: typer.Context,
    talent_id: TalentId,
    platform: Platform = None,
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Take back an opt-out of a platform, or of every picture. What is known is shown at once."""
    from talentimg.providers.names import parse_asked

    source = parse_asked(platform) if platform is not None else None
    cli = context.of(ctx)
    with cli.app() as app:
        done = app.talent_rules.opt_in(talent_id, source, by=name_of(by), why=why)
    what = source or "every picture"
    said = f"opted in to {what} again" if done.is_new else f"had not opted out of {what}"
    tell(done.outcome, f"{done.record.talent.name} {said}. {shown_now(done.outcome)}", as_json=as_json)
    for one in done.record.policy.opt_outs:
        flag = f" --platform {one.platform}" if one.platform else ""
        cli.hint(f"Another opt-out holds; to take it back: talentimg opt-in {talent_id}{flag}")
    if done.is_new:
        cli.hint(f"The sources are asked with the next look: talentimg sync {talent_id}")
