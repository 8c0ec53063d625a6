"""`talentimg sync ID...`: look at these talents now."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.bootstrap import App
from talentimg.cli import completion, context
from talentimg.cli.options import AllowLosses
from talentimg.errors import TalentimgError
from talentimg.models import Outcome


def command(
    ctx: typer.Context,
    talent_ids: Annotated[
        list[str],
        typer.Argument(metavar="ID...", help="Talents to look at.", autocompletion=completion.talent_ids),
    ],
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Fetch pictures again, even unchanged ones. What people decided still holds."
        ),
    ] = False,
    allow_losses: AllowLosses = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per talent.")] = False,
) -> None:
    """Look at talents now and bring their profile pictures up to date."""
    from talentimg.cli.outcomes import notes, sentence
    from talentimg.cli.present.output import print_json
    from talentimg.cli.running import run
    from talentimg.cli.terminal import printable, reader_may_leave, write_line
    from talentimg.shapes import outcome_json

    ids = list(dict.fromkeys(talent_ids))
    with context.of(ctx).app() as app:
        outcomes, exceeded = run(_sync(app, ids, force=force, allow_losses=allow_losses))
    with reader_may_leave():
        for outcome in outcomes:
            if as_json:
                print_json(outcome_json(outcome), indent=None if len(ids) > 1 else 2)
            else:
                name = f"{printable(outcome.name)}: " if len(ids) > 1 else ""
                for line in (sentence(outcome), *notes(outcome)):
                    write_line(name + printable(line))
    if exceeded is not None:
        raise exceeded
    raise typer.Exit(exit_code_of(outcomes))


async def _sync(
    app: App, ids: list[str], *, force: bool, allow_losses: int | None
) -> tuple[list[Outcome], TalentimgError | None]:
    # Load everybody first, so that a mistyped id stops the command before any platform is asked.
    for talent_id in ids:
        app.repository.load(talent_id)
    async with app.syncer() as syncer:
        many = syncer.sync_many(ids, force=force, allow_losses=allow_losses)
        found = {outcome.talent_id: outcome async for outcome in many}
    return [found[talent_id] for talent_id in ids if talent_id in found], many.exceeded


def exit_code_of(outcomes: list[Outcome]) -> int:
    """The exit code for these outcomes, by the same rules as for a roster run."""
    from talentimg.service.run.tally import Tally

    tally = Tally()
    for outcome in outcomes:
        tally.add(outcome)
    return tally.exit_code
