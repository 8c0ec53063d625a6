"""Roster runs in a process that stays: begun by a request, going on after its answer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Final

from talentimg.errors import RunInProgress, TalentimgError
from talentimg.service.run.events import RunStarted

if TYPE_CHECKING:
    from talentimg.service.run.nightly import Nightly, NightlyRun, RunRequest

log = logging.getLogger("talentimg.run")

STOPPED: Final = "It was stopped."


class BackgroundRuns:
    """At most one run of this process at a time."""

    def __init__(self, nightly: Nightly) -> None:
        self._nightly = nightly
        self._task: asyncio.Task[None] | None = None
        self._run: NightlyRun | None = None
        self._started: RunStarted | None = None

    @property
    def current(self) -> RunStarted | None:
        """How the run under way in this process began; None if there is none."""
        return self._started if self._task is not None and not self._task.done() else None

    async def start(self, request: RunRequest) -> RunStarted:
        """Begin a run, and return as soon as it is on record.

        Raises:
            RunInProgress: there is one already, here or elsewhere.
            TalentimgError: the store cannot be reached.
        """
        if self._task is not None and not self._task.done():
            raise RunInProgress("A run is under way already.", hint="Wait for it, or stop it.")
        started: asyncio.Future[RunStarted] = asyncio.get_running_loop().create_future()
        self._run, self._started = self._nightly.start(request), None
        self._task = asyncio.create_task(self._go(self._run, started))
        return await asyncio.shield(started)

    def stop(self, exit_code: int, note: str = STOPPED) -> bool:
        """Let it start no more talents and finish those in progress; False if there is none.

        Args:
            exit_code: for the record.
            note: likewise: what stopped it.
        """
        if self._run is None or self._task is None or self._task.done():
            return False
        self._run.stop(exit_code, note)
        return True

    async def close(self, exit_code: int, note: str, *, grace_s: float) -> None:
        """Stop it, and end it at once after the grace time. It is recorded in any case."""
        if self.stop(exit_code, note) and self._task is not None:
            await asyncio.wait([self._task], timeout=grace_s)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _go(self, run: NightlyRun, started: asyncio.Future[RunStarted]) -> None:
        try:
            async with aclosing(run):
                async for event in run:
                    if isinstance(event, RunStarted):
                        self._started = event
                        started.set_result(event)
        except TalentimgError as error:
            if not started.done():
                started.set_exception(error)
                return
            log.error("A run ended early: %s", error.message)  # noqa: TRY400  the sentence is what counts
        except Exception as error:
            if not started.done():
                started.set_exception(error)
                return
            log.exception("An internal error ended a run.")
        finally:
            started.cancel()  # which does nothing once it is known
