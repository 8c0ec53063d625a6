"""A worker on Procrastinate: wishes become jobs, and so does each part of the night."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from procrastinate.exceptions import ConnectorException

from talentimg.errors import StoreUnavailable
from talentimg.service.run.wish_queue import HELD, PAGE
from talentimg.service.threads import in_thread
from talentimg.worker.loop import EXIT_CODE, TOLD_TO_END, TURN_S, Worker
from talentimg.worker.on_procrastinate.jobs import (
    SCHEMA,
    TABLE,
    defer_look,
    defer_night,
    jobs_app,
    statements,
)

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.bootstrap import App
    from talentimg.service.run.wishes import WishWork
    from talentimg.worker.signs import Signs

log = logging.getLogger("talentimg.worker")

JOBS_AT_ONCE: Final = 50
"""Looks at once because of wishes; most of them wait for their platform."""
POLL_S: Final = 5.0
"""Between two questions for jobs, for when the database's call was lost."""
LONGEST_PAUSE: Final = timedelta(minutes=10)
"""A look that comes to nothing is tried again by then: what is changed meanwhile waits for it."""


class QueueWorker(Worker):
    """Hands over what there is to do, and does jobs, its own and those of others."""

    def __init__(self, app: App, signs: Signs) -> None:
        """A worker, which begins with `go_on`.

        Args:
            app: the services.
            signs: told that it lives.

        Raises:
            TalentimgError: the engine's tables cannot be made.
        """
        super().__init__(app, signs)
        conninfo = app.beside(SCHEMA, TABLE, statements())
        self._slices = app.night_slices
        self._jobs = jobs_app(conninfo, self)
        self._wishes: WishWork | None = None
        self._may_hold_some = False

    async def _go(self, wishes: WishWork) -> None:
        self._wishes = wishes
        async with self._jobs.open_async():
            doing = asyncio.create_task(self._do_jobs())
            try:
                await self._until_stopped(doing, wishes)
            finally:
                self._slices.stop(EXIT_CODE, TOLD_TO_END)
                doing.cancel()
                with suppress(asyncio.CancelledError):
                    await doing

    async def _do_jobs(self) -> None:
        """Until it is cancelled. Procrastinate's worker ends when it loses its database; another follows."""
        while True:
            with suppress(ConnectorException, StoreUnavailable):
                for place in range(await self.parts()):  # a night that all have missed waits for no minute
                    await defer_night(self._jobs, place)
                await self._jobs.run_worker_async(
                    concurrency=JOBS_AT_ONCE,
                    fetch_job_polling_interval=POLL_S,
                    shutdown_graceful_timeout=self._app.settings.sync_stop_seconds,
                    install_signal_handlers=False,
                )
            log.warning("The database of the jobs does not answer; they go on when it does.")
            await asyncio.sleep(TURN_S)

    async def _until_stopped(self, doing: asyncio.Task[None], wishes: WishWork) -> None:
        turns = asyncio.create_task(super()._go(wishes))
        try:
            await asyncio.wait([turns, doing], return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                doing.result()  # which it ends with only in trouble
        finally:
            turns.cancel()
            with suppress(asyncio.CancelledError):
                await turns

    async def _act(self, wishes: WishWork) -> None:
        """Turn wishes into jobs; the night comes by a job of its own."""
        del wishes
        working, now = self._app.working, self._app.now()
        if self._may_hold_some:
            await in_thread(working.release)
        self._may_hold_some = True
        taken = await in_thread(working.take, now, now + HELD, limit=PAGE)
        try:
            for wish in taken:
                await defer_look(self._jobs, wish.talent_id)
        except ConnectorException:
            raise StoreUnavailable(
                "The database of the jobs does not answer.", hint="Try again later."
            ) from None
        await in_thread(working.finish, taken)
        self._may_hold_some = False

    def _doing(self, wishes: WishWork) -> str:
        parts = ["taking part in the night"] if self._slices.is_under_way else []
        if wishes.in_progress:
            parts.append(f"looking at {wishes.in_progress}")
        return ", ".join(parts) or "waiting"

    # -- what the jobs do -----------------------------------------------------

    async def take_part(self) -> bool:
        """One slice of the night; whether there is more."""
        return await self._slices.take_part()

    async def parts(self) -> int:
        """How many may take part in a night just now: as many as workers live."""
        if not await in_thread(self._slices.is_due):
            return 0
        return max(1, len(await in_thread(self._app.living.workers)))

    async def look(self, talent_id: str, tries: int) -> datetime | None:
        """Look at a talent; when to try again if that came to nothing."""
        assert self._wishes is not None  # no job begins before
        again_at = await self._wishes.grant(talent_id, tries)
        return again_at and min(again_at, self._app.now() + LONGEST_PAUSE)
