"""Looks at whom somebody has changed: takes their wishes, looks at them side by side, and says how it went.

A wish is taken off only once its look is durable. Those of a process that dies are taken by another.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.service.run.day_valve import DayValve
from talentimg.service.run.refresh import LOOK, is_recent
from talentimg.service.run.safeguards import Safeguards
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Outcome, Wish
    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.looks import Looks
    from talentimg.repository.interface.wishes import Wishes
    from talentimg.service.decision.chain import Rules
    from talentimg.service.run.sync import Syncer

log = logging.getLogger("talentimg.wishes")

AT_ONCE: Final = 200
"""The most talents who are being looked at because of wishes."""
LEAST_ROOM: Final = AT_ONCE // 2
"""With less room nothing is taken: those who are looked at together share calls to their platforms."""
HELD: Final = timedelta(minutes=10)
"""How long a wish is this process's, before another one may take it."""
UNDER_WAY: Final = timedelta(seconds=2)
"""When somebody is asked for again at whom another process is looking just now."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)
"""Between two tries of a look that comes to nothing: twice as long each time, up to this."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A wish, and what the look came to."""

    wish: Wish
    outcome: Outcome


def pause_after(tries: int) -> timedelta:
    """How long a wish waits after so many looks that came to nothing."""
    doubled: int = 2 ** min(tries, 20)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


class WishWork:
    """Takes wishes as long as there is room, each turn; the looks go on beside it."""

    def __init__(
        self,
        *,
        wishes: Wishes,
        repository: Repository,
        looks: Looks,
        open_syncer: Callable[[], AbstractAsyncContextManager[Syncer]],
        rules: Rules,
        floor: timedelta,
        now: Callable[[], datetime],
        tell: Callable[[Granted], None] = lambda _: None,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            wishes: where they are taken.
            repository: tells when somebody was looked at last.
            looks: tells who is being looked at by other processes.
            open_syncer: opens the sync service, for one batch.
            rules: tell whether something has changed since the last look.
            floor: how old a look has to be before there is another, if nothing has changed.
            now: the clock.
            tell: told of every look.
        """
        self._wishes = wishes
        self._repository = repository
        self._looks = looks
        self._open_syncer = open_syncer
        self._rules = rules
        self._floor = floor
        self._now = now
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()
        self.in_progress = 0
        """How many talents are being looked at."""
        self.looked_at = 0
        """How many were."""

    async def turn(self) -> int:
        """Take what there is room for, and begin to look; how many wishes were taken.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        room = AT_ONCE - self.in_progress
        if room < LEAST_ROOM:
            return 0
        now = self._now()
        taken = await in_thread(self._wishes.take, now, now + HELD, limit=room)
        if taken:
            self.in_progress += len(taken)
            task = asyncio.create_task(self._grant(taken))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(taken)

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self, *, grace_s: float) -> None:
        """End what is under way once this time has passed. What is not done is put back."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in list(self._tasks):
            task.cancel()
        await self.settled()

    async def _grant(self, taken: list[Wish]) -> None:
        """Look at whom they name, and take those off that came to something."""
        left = {wish.talent_id: wish for wish in taken}
        try:
            wanted = await self._whom_to_look_at(left)
            await self._look(wanted, left)
        except TalentimgError as error:
            log.warning("What somebody has changed could not be looked at: %s", error.message)
        except Exception:
            log.exception("An internal error ended the look at what somebody has changed.")
        finally:
            self.in_progress -= len(left)
            await self._put_back(list(left.values()))

    async def _whom_to_look_at(self, left: dict[str, Wish]) -> list[str]:
        """Those who need it and are not being looked at by another; what came of the others is settled."""
        records = await in_thread(self._repository.load_many, list(left))
        now = self._now()
        gone = left.keys() - {record.talent.id for record in records}
        recent = [r.talent.id for r in records if is_recent(r, self._rules, now, self._floor)]
        await self._done(left, [*gone, *recent])
        now = self._now()
        wanted = await in_thread(self._looks.begin_looks, list(left), now, now + LOOK)
        if theirs := left.keys() - set(wanted):
            self.in_progress -= len(theirs)
            later = [left.pop(talent_id) for talent_id in theirs]
            await in_thread(self._wishes.put_back, later, now + UNDER_WAY)
        return wanted

    async def _look(self, wanted: list[str], left: dict[str, Wish]) -> None:
        if not wanted:
            return
        valve = DayValve(self._wishes, self._repository, self._now)
        safeguards = Safeguards(valve, withdrawn_is_lost=False)
        begun = set(wanted)
        done: list[Wish] = []
        try:
            async with (
                self._open_syncer() as syncer,
                aclosing(syncer.sync_many(wanted, safeguards=safeguards)) as outcomes,
            ):
                async for outcome in outcomes:
                    begun.discard(outcome.talent_id)
                    if wish := left.pop(outcome.talent_id, None):
                        self.looked_at += 1
                        self.in_progress -= 1
                        self._tell(Granted(wish, outcome))
                        done.append(wish)
        finally:
            await in_thread(self._wishes.finish, done)
            await self._end_looks(begun)
        if safeguards.exceeded is not None:
            log.warning("Pictures stay that would go. %s", safeguards.exceeded.sentence)
        await in_thread(valve.settle)

    async def _end_looks(self, talent_ids: Iterable[str]) -> None:
        for talent_id in talent_ids:
            with suppress(TalentimgError):  # they run out
                await in_thread(self._looks.end_look, talent_id)

    async def _done(self, left: dict[str, Wish], talent_ids: list[str]) -> None:
        await in_thread(self._wishes.finish, [left[talent_id] for talent_id in talent_ids])
        for talent_id in talent_ids:
            del left[talent_id]
            self.in_progress -= 1

    async def _put_back(self, wishes: list[Wish]) -> None:
        """What came to nothing, for later. If the store is away, the wishes run out and are taken again."""
        for tries in {wish.tries for wish in wishes}:
            again = [wish for wish in wishes if wish.tries == tries]
            with suppress(TalentimgError):
                await in_thread(self._wishes.put_back, again, self._now() + pause_after(tries))
