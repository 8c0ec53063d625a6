"""`talentimg disconnect ID PLATFORM`: remove an account, and its picture with it."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import completion, context
from talentimg.cli.connect import last_outcome
from talentimg.cli.person import By, Why, name_of, shown_now


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
            metavar="PLATFORM", help="For example instagram or bluesky.", autocompletion=completion.platforms
        ),
    ],
    by: By = None,
    why: Why = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Disconnect an account. Its picture is removed at once, and the next source takes over.

    An import leaves the account out, until somebody connects it again.
    """
    from talentimg.cli.present.output import print_json
    from talentimg.cli.running import run
    from talentimg.cli.terminal import printable, write_line
    from talentimg.providers.names import parse_platform
    from talentimg.shapes import outcome_json

    name = parse_platform(platform)
    with context.of(ctx).app() as app:
        events = app.accounts.disconnect(talent_id, name, by=name_of(by), why=why)
        outcome = run(last_outcome(events))
    if as_json:
        print_json(outcome_json(outcome))
    else:
        write_line(f"Disconnected {name} from {printable(outcome.name)}. {shown_now(outcome)}")
