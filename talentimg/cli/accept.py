"""`talentimg accept ID PLATFORM`: whoever answers for an account now is the right one."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.person import By, Why, name_of
from talentimg.cli.sync import exit_code_of
from talentimg.errors import TalentimgError
from talentimg.models import Outcome
from talentimg.service.run.events import TalentSynced

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.service.people.identity import IdentityAccepted, Stranger


def command(
    ctx: typer.Context,
    talent_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The talent whose account it is.", autocompletion=completion.talent_ids
        ),
    ],
    platform: Annotated[
        str,
        typer.Argument(
            metavar="PLATFORM", help="Where somebody else answers.", autocompletion=completion.platforms
        ),
    ],
    by: By = None,
    why: Why = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Accept that an account answers as somebody else than before, and look at the talent.

    Until then nothing of that account is shown: it may have gone to a stranger.
    """
    from talentimg.cli.outcomes import notes, sentence
    from talentimg.cli.present.output import print_json
    from talentimg.cli.running import run
    from talentimg.cli.terminal import is_terminal, printable, write_line
    from talentimg.shapes import outcome_json

    with context.of(ctx).app() as app:
        stranger = app.identities.stranger(talent_id, platform)
        is_watched = is_terminal(sys.stdin) and is_terminal(sys.stdout) and not as_json
        if is_watched:
            _show(stranger)
        if is_watched and not yes and not typer.confirm("Is this the right account all the same?"):
            raise typer.Exit(1)
        outcome = run(_last(app.identities.accept(stranger, by=name_of(by), why=why)))
        if is_watched:
            _show_both(app, stranger, outcome)
    if as_json:
        print_json(outcome_json(outcome))
    else:
        for line in (sentence(outcome), *notes(outcome)):
            write_line(printable(line))
    raise typer.Exit(exit_code_of([outcome]))


async def _last(events: AsyncGenerator[IdentityAccepted | TalentSynced, None]) -> Outcome:
    """The outcome of the look that follows; that the account is accepted is told even if that fails."""
    outcomes: list[Outcome] = []
    try:
        async for event in events:
            outcomes.append(event.outcome)  # noqa: PERF401  it may end in an error
    except TalentimgError:
        if outcomes:
            typer.echo("The account is accepted, but the picture could not be brought up to date.", err=True)
        raise
    return outcomes[-1]


def _show(stranger: Stranger) -> None:
    """Who answers now, and whom we knew."""
    from talentimg.cli.terminal import printable, write_line

    account, candidate = stranger.account, stranger.candidate
    for line in (
        f"{stranger.record.talent.name}: {account.handle} on {account.platform}",
        f"  known as  {stranger.known_id or '(nobody was known yet)'}",
        f"  answers   {stranger.answers_as}",
        f"  asked     {candidate.asked or '-'}",
        f"  {candidate.detail or ''}",
    ):
        write_line(printable(line))


def _show_both(app: App, stranger: Stranger, outcome: Outcome) -> None:
    """What was kept and what is on offer now, side by side where the terminal can show it."""
    from rich.console import Console

    from talentimg.cli.present.pair import pair_of
    from talentimg.cli.terminal import shows_colour

    if not shows_colour(sys.stdout):
        return
    console, talent = Console(highlight=False), stranger.record.talent
    after = app.repository.load(outcome.talent_id).candidates.get(stranger.account.platform)
    kept = stranger.candidate.content_hash or stranger.record.selection.content_hash
    new = after.content_hash if after else None
    console.print(pair_of(app, talent, ("before", kept), ("now", new), console.width))
