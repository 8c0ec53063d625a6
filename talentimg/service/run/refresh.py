"""A look that somebody asks for at a page: one for all who ask at once, none if the last was just now.

A page may ask for everybody on it each time it is opened, and two hundred people may press the same button:
no platform should notice.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.service.decision.chain import next_source, shows_another
from talentimg.service.decision.versions import BY_SYNC
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Outcome, TalentRecord
    from talentimg.repository.interface import Roster
    from talentimg.repository.interface.looks import Looks
    from talentimg.service.decision.chain import Rules
    from talentimg.service.run.sync import Syncer


LOOK: Final = timedelta(seconds=60)
"""How long a look takes at most, before another process no longer waits for it."""
PAUSE_S: Final = 0.1
"""Between two questions whether another process is through."""


class Refresher:
    """Looks at talents on demand, in a process that stays."""

    def __init__(
        self,
        *,
        repository: Roster,
        looks: Looks,
        open_syncer: Callable[[], AbstractAsyncContextManager[Syncer]],
        rules: Rules,
        floor: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: tells when somebody was looked at last.
            looks: tells who is being looked at by other processes.
            open_syncer: opens the sync service, for one look.
            rules: those of the decision.
            floor: how old a look has to be before there is another.
            now: the clock.
        """
        self._repository = repository
        self._looks = looks
        self._open_syncer = open_syncer
        self._rules = rules
        self._floor = floor
        self._now = now
        self._under_way: dict[str, asyncio.Task[Outcome | None]] = {}

    async def refresh(self, talent_id: str, *, force: bool = False, by: str = BY_SYNC) -> Outcome | None:
        """Look at a talent; whoever asks meanwhile is given the same outcome.

        A look goes on although nobody waits for it any more.

        Args:
            talent_id: whom to look at.
            force: look however young the last look is.
            by: who the history names.

        Returns:
            None if the last look is so young that what is known counts.

        Raises:
            TalentNotFound: no such talent.
            TalentimgError: as with `Syncer.sync`.
        """
        task = self._under_way.get(talent_id)
        if task is None:
            task = asyncio.create_task(self._look(talent_id, force=force, by=by))
            self._under_way[talent_id] = task
            task.add_done_callback(lambda done: self._ended(talent_id, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End the looks under way. What they have saved stays saved."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _ended(self, talent_id: str, task: asyncio.Task[Outcome | None]) -> None:
        del self._under_way[talent_id]
        if not task.cancelled():
            task.exception()  # it was told to whoever waited

    async def _look(self, talent_id: str, *, force: bool, by: str) -> Outcome | None:
        # Asked in here: who was asked for just before is known by now.
        if not force and await self._knows(talent_id):
            return None
        if await self._another_has_looked(talent_id):
            return None
        try:
            async with self._open_syncer() as syncer:
                return await syncer.sync(talent_id, by=by)
        finally:
            await in_thread(self._looks.end_look, talent_id)

    async def _knows(self, talent_id: str) -> bool:
        return self._is_recent(await in_thread(self._repository.load, talent_id))

    async def _another_has_looked(self, talent_id: str) -> bool:
        """Wait while another process is at a look. False if this one is to look; others then wait for it."""
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + LOOK.total_seconds()
        while not await in_thread(self._looks.begin_look, talent_id, self._now(), self._now() + LOOK):
            await asyncio.sleep(PAUSE_S)
            if await self._knows(talent_id):
                return True
            if loop.time() > patient_until:  # its clock is not ours
                return False
        return False

    def _is_recent(self, record: TalentRecord) -> bool:
        """Whether the last look is young, and nothing has changed since that it did not see."""
        now, looked_at = self._now(), record.selection.synced_at
        if looked_at is None or not looked_at <= now < looked_at + self._floor:
            return False
        if shows_another(record) or record.outdated:
            return False
        return next_source(record, self._rules, now, record.candidates.keys()) is None
