"""`talentimg order ID a,b`: a talent's own order of sources."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.person import AsJson, By, TalentId, Why, name_of, shown_now, tell
from talentimg.errors import UsageError


def command(
    ctx: typer.Context,
    talent_id: TalentId,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE,SOURCE...]",
            help="The highest first: platforms, and user for the user's own avatar. All others come after.",
            autocompletion=completion.sources,
        ),
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="The same order as for everybody else again.")
    ] = False,
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Give a talent an order of sources of their own. What is known decides at once."""
    wanted = _named(sources or [])
    if bool(wanted) == default:
        raise UsageError(
            "Which order?", hint="Like: talentimg order ada youtube,instagram, or with --default as for all."
        )
    cli = context.of(ctx)
    with cli.app() as app:
        done = app.talent_rules.order(talent_id, wanted, by=name_of(by), why=why)
    name = done.record.talent.name
    said = f"First for {name}: {', '.join(wanted)}." if wanted else f"{name} has the order of all."
    tell(done.outcome, f"{said} {shown_now(done.outcome)}", as_json=as_json)
    if done.is_new:
        cli.hint(f"The sources are asked with the next look: talentimg sync {talent_id}")


def _named(words: list[str]) -> tuple[str, ...]:
    """The sources that were typed, with commas or spaces between them, each once."""
    from talentimg.providers.names import parse_asked

    names = (name for word in words for name in word.split(",") if name.strip())
    return tuple(dict.fromkeys(map(parse_asked, names)))
