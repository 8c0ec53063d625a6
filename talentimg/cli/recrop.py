"""`talentimg recrop`: cut what is stored by the rule of today."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from talentimg.cli import context

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.cli.present.recut import RecutReport
    from talentimg.cli.running import Ending


def command(
    ctx: typer.Context,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10_000_000,
            metavar="N",
            help="Maximum number of pictures to cut.",
            show_default="all of them",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per picture, and a summary object last.")
    ] = False,
) -> None:
    """Cut stored pictures anew where the rule for their square has changed. No platform is asked.

    Locks still hold. It may be stopped at any time: the next call goes on from there.
    """
    from talentimg.cli.present.recut import RecutReport
    from talentimg.cli.running import ignoring_signals, run_gently

    cli = context.of(ctx)
    with cli.app(dry=dry_run) as app:
        report = RecutReport(limit=limit, dry_run=dry_run, as_json=as_json, quiet=cli.quiet)
        try:
            run_gently(
                lambda ending: _recrop(app, limit, report, ending), grace_s=app.settings.sync_stop_seconds
            )
        except BaseException:
            with ignoring_signals():
                report.finish(cut_short=True)
            raise
        report.finish()
    raise typer.Exit(report.exit_code)


async def _recrop(app: App, limit: int | None, report: RecutReport, ending: Ending) -> None:
    ending.gently = lambda _: app.recropper.stop()
    with report.counting():
        async with aclosing(app.recropper.recrop(limit=limit)) as pictures:
            async for picture in pictures:
                report.add(picture)
