"""A look that somebody asks for at a page: one for all who ask at once, none if the last was just now.

A page may ask for everybody on it each time it is opened, and two hundred people may press the same button:
no platform should notice.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.service.decision.chain import next_source, shows_another
from talentimg.service.decision.versions import BY_SYNC
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Outcome, TalentRecord
    from talentimg.repository.interface import Roster
    from talentimg.repository.interface.looks import Looks
    from talentimg.service.decision.chain import Rules
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.run.sync import Syncer


LOOK: Final = timedelta(seconds=60)
"""How long a look takes at most, before another process no longer waits for it."""
PAUSE_S: Final = 0.1
"""Between two questions whether another process is through."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How a talent stands, as a look tells it.

    `is_new` says that somebody has looked since it was asked for; otherwise it is what was known before.
    """

    outcome: Outcome
    is_new: bool


def is_recent(record: TalentRecord, rules: Rules, now: datetime, floor: timedelta) -> bool:
    """Whether the last look is younger than `floor`, and nothing has changed since that it did not see."""
    looked_at = record.selection.synced_at
    return (
        looked_at is not None and looked_at <= now < looked_at + floor and not has_changed(record, rules, now)
    )


def has_changed(record: TalentRecord, rules: Rules, now: datetime) -> bool:
    """Whether the roster asks for something that the last look did not ask for."""
    if shows_another(record) or record.outdated:
        return True
    return next_source(record, rules, now, record.candidates.keys()) is not None


class Refresher:
    """Looks at talents on demand, in a process that stays."""

    def __init__(
        self,
        *,
        repository: Roster,
        looks: Looks,
        open_syncer: Callable[[], AbstractAsyncContextManager[Syncer]],
        resolver: Resolver,
        floor: timedelta,
        now: Callable[[], datetime],
        looked: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: tells when somebody was looked at last.
            looks: tells who is being looked at by other processes.
            open_syncer: opens the sync service, for one look.
            resolver: tells how somebody stands without a look.
            floor: how old a look has to be before there is another.
            now: the clock.
            looked: is told whom it has looked at.
        """
        self._repository = repository
        self._looks = looks
        self._open_syncer = open_syncer
        self._resolver = resolver
        self._floor = floor
        self._now = now
        self._looked = looked
        self._under_way: dict[str, asyncio.Task[Refreshed]] = {}

    async def refresh(self, talent_id: str, *, force: bool = False, by: str = BY_SYNC) -> Refreshed:
        """Look at a talent; whoever asks meanwhile is given the same outcome.

        A look goes on although nobody waits for it any more.

        Args:
            talent_id: whom to look at.
            force: look however young the last look is.
            by: who the history names.

        Raises:
            TalentNotFound: no such talent.
            TalentimgError: as with `Syncer.sync`.
        """
        while (task := self._under_way.get(talent_id)) and not task.done():
            told = await asyncio.shield(task)
            if told.is_new or not force:
                return told
        return await asyncio.shield(self._begin(talent_id, force=force, by=by))

    def _begin(self, talent_id: str, *, force: bool, by: str) -> asyncio.Task[Refreshed]:
        task = asyncio.create_task(self._look(talent_id, force=force, by=by))
        self._under_way[talent_id] = task
        task.add_done_callback(lambda done: self._ended(talent_id, done))
        return task

    async def close(self) -> None:
        """End the looks under way. What they have saved stays saved."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _ended(self, talent_id: str, task: asyncio.Task[Refreshed]) -> None:
        if self._under_way.get(talent_id) is task:
            del self._under_way[talent_id]
        if not task.cancelled():
            task.exception()  # it was told to whoever waited

    async def _look(self, talent_id: str, *, force: bool, by: str) -> Refreshed:
        # Asked in here: who was asked for just before is known by now.
        if not force and (known := await self._known(talent_id)):
            return Refreshed(known, is_new=False)
        waited = await self._take_turn(talent_id)
        try:
            # Another process may have been through with its look just before it was our turn.
            if (waited or not force) and (known := await self._known(talent_id)):
                return Refreshed(known, is_new=True)
            return Refreshed(await self._sync(talent_id, by), is_new=True)
        finally:
            await in_thread(self._looks.end_look, talent_id)

    async def _sync(self, talent_id: str, by: str) -> Outcome:
        async with self._open_syncer() as syncer:
            outcome = await syncer.sync(talent_id, by=by)
        if self._looked is not None:
            await self._looked(talent_id)
        return outcome

    async def _known(self, talent_id: str) -> Outcome | None:
        """How somebody stands by a look that is young enough to count; None if there is none."""
        record = await in_thread(self._repository.load, talent_id)
        recent = is_recent(record, self._resolver.rules, self._now(), self._floor)
        return self._resolver.as_known(record) if recent else None

    async def _take_turn(self, talent_id: str) -> bool:
        """Wait until no other process is at a look, which others then wait for; tells whether one was."""
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + LOOK.total_seconds()
        waited = False
        while not await in_thread(self._looks.begin_look, talent_id, self._now(), self._now() + LOOK):
            waited = True
            if loop.time() > patient_until:  # its clock is not ours
                break
            await asyncio.sleep(PAUSE_S)
        return waited
