"""`talentimg worker`: look at talents at once when the app changes something, and every night."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from talentimg.cli import context
from talentimg.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.cli.running import Ending
    from talentimg.service.run.living import WorkStatus
    from talentimg.worker.loop import Worker
    from talentimg.worker.signs import Signs

EXTRA: Final = frozenset({"procrastinate", "psycopg", "psycopg_pool"})


class Engine(StrEnum):
    """What carries the work of a worker."""

    NONE = "none"
    PROCRASTINATE = "procrastinate"


def command(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do what there is to do now, and end.")] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Show how the work stands, and do nothing.")
    ] = False,
    notify: Annotated[
        bool,
        typer.Option("--notify", help="Have Postgres call at once, besides asking it each second."),
    ] = False,
    engine: Annotated[
        Engine,
        typer.Option("--engine", help="What carries the work: nothing further, or jobs of Procrastinate."),
    ] = Engine.NONE,
    health_file: Annotated[
        Path | None,
        typer.Option("--health-file", metavar="FILE", help="A file to touch each second, for probes."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --status: one JSON object.")] = False,
) -> None:
    """Look at talents at once when the app changes their accounts, and at everybody due when it is night.

    As many as you like may work on one roster, on any machines. Ctrl-C ends one gently, a second one at once.
    """
    if status and (once or notify or health_file):
        raise UsageError("--status does nothing else.", hint="Ask for one thing at a time.")
    if once and notify:
        raise UsageError("--once waits for nobody.", hint="Leave out --notify.")
    if as_json and not status:
        raise UsageError("--json works only with --status.", hint="Add --status, or leave out --json.")
    if engine is not Engine.NONE and (once or status or notify):
        raise UsageError(
            f"--engine {engine} goes on until it is stopped, and is called by itself.",
            hint="Leave out --once, --status and --notify, or --engine.",
        )
    cli = context.of(ctx)
    with cli.app() as app:
        if status:
            _print_status(app.living.status(), as_json=as_json)
            return
        from talentimg.cli.logs import set_up_logging

        set_up_logging(app.settings.log_format, verbose=cli.verbose, quiet=cli.quiet)
        code = _work(app, health_file, notify=notify, once=once, engine=engine)
    raise typer.Exit(code)


def _work(app: App, health_file: Path | None, *, notify: bool, once: bool, engine: Engine) -> int:
    from talentimg.cli.running import run_gently
    from talentimg.worker.signs import Signs

    app.working.workers(app.now())  # whether the store is there
    signs = Signs(health_file)

    async def work(ending: Ending) -> int:
        worker = _worker(app, signs, engine, notify=notify)
        ending.gently = lambda _: worker.stop()
        return await _begin(worker, once=once)

    # A little more than what it gives its own work, so that it ends in order.
    return run_gently(work, grace_s=app.settings.sync_stop_seconds + 5)


def _worker(app: App, signs: Signs, engine: Engine, *, notify: bool) -> Worker:
    if engine is Engine.NONE:
        from talentimg.worker.loop import Worker

        return Worker(app, signs, notify=notify)
    try:
        from talentimg.worker.on_procrastinate.loop import QueueWorker
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise ConfigError(
            "Procrastinate is not installed.", hint="Install it with: pip install 'talentimg[worker]'"
        ) from None
    return QueueWorker(app, signs)


async def _begin(worker: Worker, *, once: bool) -> int:
    if once:
        return await worker.once()
    await worker.go_on()
    return 0


def _print_status(found: WorkStatus, *, as_json: bool) -> None:
    from talentimg.shapes import work_status_json

    if as_json:
        from talentimg.cli.present.output import print_json

        print_json(work_status_json(found))
        return
    from talentimg.cli.present.proof import counted
    from talentimg.cli.terminal import write_line
    from talentimg.cli.workers import print_workers

    print_workers(found.workers)
    oldest = f", since {found.wishes.oldest:%Y-%m-%d %H:%M:%S} UTC" if found.wishes.oldest else ""
    write_line(f"Waiting: {counted(found.wishes.waiting, 'wish', 'wishes')}{oldest}.")
    write_line(f"Under way: {counted(found.wishes.under_way, 'wish', 'wishes')}.")
    how = "The database tells" if found.is_told else "Workers compare to find"
    write_line(f"{how} what the app has changed.")
    if found.is_night_due:
        write_line("A night's run is due.")
    if found.next_night:
        write_line(f"The next night begins at {found.next_night:%Y-%m-%d %H:%M} UTC.")
