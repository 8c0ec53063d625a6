"""A worker: wishes each second, the night when it is its turn, a sign of life; until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import aclosing, suppress
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import RunInProgress, TalentimgError
from talentimg.service.run.background import BackgroundRuns
from talentimg.service.run.clock import BY_SCHEDULE
from talentimg.service.run.living import BEAT_S
from talentimg.service.run.nightly import RunRequest
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from talentimg.bootstrap import App
    from talentimg.service.run.wishes import Granted, WishWork
    from talentimg.worker.signs import Signs

log = logging.getLogger("talentimg.worker")

TURN_S: Final = 1.0
"""Between two questions whether somebody has changed anything."""
CLOCK_S: Final = 5.0
"""Between two looks at the clock."""
TOLD_TO_END: Final = "Its worker was told to end."
EXIT_CODE: Final = 128 + signal.SIGTERM
"""What a `sync-all` would have ended with."""


class Worker:
    """One process of as many as one likes."""

    def __init__(self, app: App, signs: Signs, *, notify: bool = False) -> None:
        """A worker, which begins with `go_on` or `once`.

        Args:
            app: the services.
            signs: told that it lives.
            notify: whether to have the database call, where it can, beside asking it.
        """
        self._app = app
        self._signs = signs
        self._notify = notify
        self._nights = BackgroundRuns(app.nightly)
        self._stopped = asyncio.Event()
        self._told: str | None = None
        self._joined: str | None = None
        self._beat_at = self._clock_at = float("-inf")

    def stop(self) -> None:
        """Take nothing new, and finish what has begun."""
        self._stopped.set()

    async def go_on(self) -> None:
        """Work until it is stopped."""
        async with self._app.wish_work(_tell) as wishes:
            comparing = asyncio.create_task(self._app.comparison.go_on())
            upkeep = asyncio.create_task(self._app.nightly.upkeep.go_on())
            self._signs.ready()
            grace_s = 0.0
            try:
                await self._go(wishes)
                grace_s = self._app.settings.sync_stop_seconds
            finally:
                self._signs.stopping()
                comparing.cancel()
                upkeep.cancel()
                await self._end(wishes, grace_s)
        self._signs.ended()

    async def once(self) -> int:
        """Do what there is to do now, and no more; the exit code of the night, if it was due."""
        async with self._app.wish_work(_tell) as wishes:
            try:
                if not await in_thread(self._app.working.is_told):
                    await self._app.comparison.round()
                while not self._stopped.is_set() and await wishes.turn():
                    await wishes.settled()
                if await in_thread(self._app.night_clock.is_due):
                    return await self._night()
                await self._app.nightly.upkeep.once()
                return 0
            finally:
                await wishes.close(grace_s=0)

    # -- each turn ----------------------------------------------------------

    async def _go(self, wishes: WishWork) -> None:
        while not self._stopped.is_set():
            await self._turn(wishes)
            await self._pause()

    async def _turn(self, wishes: WishWork) -> None:
        """What is due now. A store that is away is told once, and asked again."""
        doing = self._doing(wishes)
        self._signs.beat(doing)
        try:
            if monotonic() - self._beat_at >= BEAT_S:
                living = self._app.living
                await in_thread(living.beat, doing, wishes.looked_at, listens=self._notify)
                self._beat_at = monotonic()
            await self._act(wishes)
        except TalentimgError as error:
            if error.message != self._told:
                log.warning("%s", error.message)
            self._told = error.message
        else:
            self._told = None

    async def _act(self, wishes: WishWork) -> None:
        await wishes.turn()
        if monotonic() - self._clock_at >= CLOCK_S:
            self._clock_at = monotonic()
            await self._begin_night()

    def _doing(self, wishes: WishWork) -> str:
        parts = []
        if started := self._nights.current:
            parts.append(f"the run {started.run.id}")
        if wishes.in_progress:
            parts.append(f"looking at {wishes.in_progress}")
        return ", ".join(parts) or "waiting"

    async def _pause(self) -> None:
        """Until the next turn, or until the database calls."""
        if self._notify and self._told is None:
            with suppress(NotImplementedError, TalentimgError):
                await in_thread(self._app.working.await_news, TURN_S)
                return
        with suppress(TimeoutError):
            async with asyncio.timeout(TURN_S):
                await self._stopped.wait()

    # -- the night ----------------------------------------------------------

    def _request(self, left: int, joined: str | None = None) -> RunRequest:
        app = self._app
        clock = app.night_clock
        return RunRequest(
            before=app.schedule.due_before(),
            limit=left,
            by=BY_SCHEDULE,
            join=joined is not None,
            is_shared=True,
            unless=lambda: clock.to_join() != joined if joined else not clock.is_due(),
        )

    async def _begin_night(self) -> None:
        """Begin the night, or take part in it: once, as whoever comes back to it found nobody left."""
        if self._nights.current is not None:
            return
        clock, joined = self._app.night_clock, None
        if not await in_thread(clock.is_due):
            joined = await in_thread(clock.to_join)
            if joined is None or joined == self._joined:
                return
        try:
            left = await in_thread(clock.left)
            started = await self._nights.start(self._request(left, joined))
        except RunInProgress:  # another worker has just begun: its work is shared at the next turn
            self._clock_at = float("-inf")
        else:
            self._joined = joined
            _tell_night(started.run.id, joined)

    async def _night(self) -> int:
        left = await in_thread(self._app.night_clock.left)
        run = self._app.nightly.start(self._request(left))
        try:
            async with aclosing(run):
                async for _ in run:
                    pass
        except RunInProgress:
            return 0
        return run.report.run.exit_code or 0 if run.report else 0

    # -- the end ------------------------------------------------------------

    async def _end(self, wishes: WishWork, grace_s: float) -> None:
        """End what is under way: gently within the grace time, and at once if it is cancelled meanwhile."""
        try:
            await asyncio.gather(
                self._nights.close(EXIT_CODE, TOLD_TO_END, grace_s=grace_s), wishes.close(grace_s=grace_s)
            )
        except asyncio.CancelledError:
            await self._nights.close(EXIT_CODE, TOLD_TO_END, grace_s=0)
            await wishes.close(grace_s=0)
            raise
        finally:
            with suppress(TalentimgError):
                await in_thread(self._app.living.leave)


def _tell_night(run_id: str, joined: str | None) -> None:
    """One night, one that has begun: whoever reads the logs of three workers should not count three."""
    if joined:
        log.info("Takes part in the night's run %s, as %s.", joined, run_id)
    else:
        log.info("The night's run %s has begun.", run_id)


def _tell(granted: Granted) -> None:
    outcome = granted.outcome
    log.info("%s: %s (%s), as it was changed.", outcome.talent_id, outcome.kind, outcome.source)
