"""The jobs: take part in tonight's run, look at this talent; and two that come round by themselves.

https://procrastinate.readthedocs.io
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager

from talentimg.errors import TalentimgError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from typing import Protocol

    class Duties(Protocol):
        """What the jobs do."""

        async def take_part(self) -> bool:
            """One slice of the night; whether there is more."""

        async def parts(self) -> int:
            """How many may take part in a night just now; 0 if there is none."""

        async def look(self, talent_id: str, tries: int) -> datetime | None:
            """Look at a talent; when to try again if that came to nothing."""


log = logging.getLogger("talentimg.worker")

P = ParamSpec("P")

SCHEMA: Final = "talentimg_queue"
"""Of its own, as `migrate --down` removes ours only if nothing else is in it."""
TABLE: Final = "procrastinate_jobs"
NIGHT: Final = "talentimg.night"
LOOK: Final = "talentimg.look"
CLOCK: Final = "talentimg.clock"
STALLED: Final = "talentimg.stalled"
SOON: Final = 10
"""The priority of whom somebody has changed; a night has 0."""
SILENT_S: Final = 60.0
"""A worker that was not seen for so long has died, and its jobs are begun again."""
KEPT_HOURS: Final = 72
"""How long one may read what a job came to."""
FOREIGN_LOGS: Final = ("procrastinate", "psycopg.pool")
"""They tell of each job, and pass on what the driver says of a connection, which may hold a password."""
EACH_MINUTE: Final = "* * * * *"


def told(job: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """A job whose end by an error is told here, in our words. It is on record as failed all the same."""

    @wraps(job)
    async def telling(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await job(*args, **kwargs)
        except TalentimgError as error:
            log.warning("A job ended early: %s", error.message)
            raise
        except ConnectorException:
            log.warning("A job ended early: its database does not answer.")
            raise
        except Exception:
            log.exception("An internal error ended a job.")
            raise

    return telling


def statements() -> str:
    """What makes Procrastinate's tables, by names without a schema."""
    return str(SchemaManager.get_schema())


def jobs_app(conninfo: str, duties: Duties) -> App:
    """The jobs of one worker, over a few connections of their own.

    What is tried again is a new job, as Procrastinate's own retries fail for good where another one with the
    same queueing lock waits already. Those that come round have no `lock`: one whose worker had died would
    keep it, and with it whoever could put that right.

    Args:
        conninfo: how to reach the database, with Procrastinate's schema on the path.
        duties: does them.
    """
    for name in FOREIGN_LOGS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4))

    @app.task(name=NIGHT)
    @told
    async def night(place: int) -> None:
        if await duties.take_part():
            await defer_night(app, place)

    @app.task(name=LOOK)
    @told
    async def look(talent_id: str, tries: int = 0) -> None:
        if again_at := await duties.look(talent_id, tries):
            await defer_look(app, talent_id, tries + 1, schedule_at=again_at)

    @app.periodic(cron=EACH_MINUTE)
    @app.task(name=CLOCK, queueing_lock=CLOCK)
    @told
    async def clock(timestamp: int) -> None:  # noqa: ARG001  each periodic task is told the time
        for place in range(await duties.parts()):
            await defer_night(app, place)

    @app.periodic(cron=EACH_MINUTE)
    @app.task(name=STALLED, queueing_lock=STALLED)
    @told
    async def stalled(timestamp: int) -> None:  # noqa: ARG001
        await revive(app)
        await app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_failed=True, include_aborted=True)

    return app


async def defer_night(app: App, place: int) -> None:
    """One more part in the night, unless this one waits already."""
    name = f"night:{place}"
    await _defer(app, NIGHT, {"place": place}, queueing_lock=name, lock=name)


async def defer_look(app: App, talent_id: str, tries: int = 0, schedule_at: datetime | None = None) -> None:
    """A look at a talent, unless one waits already: it has not begun, so it sees what was changed."""
    arguments = {"talent_id": talent_id, "tries": tries}
    name = f"talent:{talent_id}"
    await _defer(app, LOOK, arguments, queueing_lock=name, priority=SOON, schedule_at=schedule_at)


async def revive(app: App) -> None:
    """Put back what a worker was at that has died, which Procrastinate leaves to whoever uses it."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_S):
        log.warning("The worker of %s has died; it is begun again.", job.call_string)
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # another one waits, perhaps for this one's lock
            await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=False)


async def _defer(app: App, task: str, arguments: dict[str, Any], **options: Any) -> None:  # noqa: ANN401
    with suppress(AlreadyEnqueued):
        await app.configure_task(task, **options).defer_async(**arguments)
