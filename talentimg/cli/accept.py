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
    from talentimg.service.results import SourceResult


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

    Until then nothing of that account is shown: it may have gone to a stranger. On a terminal you see both
    pictures before you are asked.
    """
    from talentimg.cli.consent import ask
    from talentimg.cli.outcomes import notes, sentence
    from talentimg.cli.present.output import print_json
    from talentimg.cli.running import run
    from talentimg.cli.terminal import is_terminal, printable, write_line
    from talentimg.shapes import outcome_json

    with context.of(ctx).app() as app:
        stranger = app.identities.stranger(talent_id, platform)
        if not yes and is_terminal(sys.stdin) and is_terminal(sys.stderr):
            _show(app, stranger, run(app.identities.offered(stranger)))
        ask("Is this the right account all the same?", yes=yes, because="Somebody has to look at who answers")
        outcome = run(_last(app.identities.accept(stranger, by=name_of(by), why=why)))
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


def _show(app: App, stranger: Stranger, offered: SourceResult) -> None:
    """Who answers now with which picture, and whom we knew; beside the question, on stderr."""
    from talentimg.cli.terminal import printable, shows_colour

    account, candidate, new = stranger.account, stranger.candidate, offered.candidate
    for line in (
        f"{stranger.record.talent.name}: {account.handle} on {account.platform}",
        f"  known as  {stranger.known_id or '(nobody was known yet)'}",
        f"  answers   {stranger.answers_as}",
        f"  asked     {candidate.asked or '-'}",
        f"  {candidate.detail or ''}",
        f"  picture   {new.picture_url or new.detail or '-'}",
    ):
        typer.echo(printable(line), err=True)
    if new.has_picture and shows_colour(sys.stderr):
        _draw(app, stranger, offered)


def _draw(app: App, stranger: Stranger, offered: SourceResult) -> None:
    """What was kept and what is on offer now, side by side."""
    from rich.console import Console

    from talentimg.cli.present.pair import pair_of

    console = Console(highlight=False, stderr=True)
    kept = stranger.candidate.content_hash or stranger.record.selection.content_hash
    new = offered.picture or offered.candidate.content_hash
    console.print(
        pair_of(app, stranger.record.talent, ("before", kept), ("who answers now", new), console.width)
    )
