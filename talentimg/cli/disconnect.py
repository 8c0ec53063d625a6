"""`talentimg disconnect ID PLATFORM`: an account goes, and its picture with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from talentimg.bootstrap import App
from talentimg.cli import completion, context
from talentimg.models import INITIALS, Outcome, OutcomeKind


def command(
    ctx: typer.Context,
    talent_id: Annotated[
        str, typer.Argument(metavar="ID", help="Whose account it is.", autocompletion=completion.talent_ids)
    ],
    platform: Annotated[
        str,
        typer.Argument(
            metavar="PLATFORM", help="For example instagram or bluesky.", autocompletion=completion.platforms
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Disconnect an account. Its picture goes at once, and the next source takes over."""
    from talentimg.cli.output import outcome_json, print_json
    from talentimg.cli.running import run
    from talentimg.cli.terminal import printable, write_line
    from talentimg.providers.names import parse_platform

    name = parse_platform(platform)
    with context.of(ctx).app() as app:
        outcome = run(_disconnect(app, talent_id, name))
    if as_json:
        print_json(outcome_json(outcome))
    else:
        shown = "initials" if outcome.source == INITIALS else f"the picture from {outcome.source}"
        write_line(f"Disconnected {name} from {printable(outcome.name)}. Shown now: {shown}.")


async def _disconnect(app: App, talent_id: str, platform: str) -> Outcome:
    """Let go of what the account gave, at once; then ask the sources that are left."""
    async with app.syncer() as syncer:
        settled = app.roster.disconnect(talent_id, platform)
        outcome = await syncer.sync(talent_id)
    # Told as one step: from what was shown before to what is shown in the end.
    kind = settled.kind if outcome.source == settled.source else OutcomeKind.DEMOTED
    return replace(outcome, kind=kind, previous_source=settled.previous_source)
