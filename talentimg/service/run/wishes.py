"""Looks at whom somebody has changed: takes their wishes, looks at them side by side, and says how it went.

A wish is taken off only once its look is durable. Those of a process that dies are taken by another.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.models import Wish
from talentimg.service.run.day_valve import DayValve
from talentimg.service.run.handed import HandedWishes
from talentimg.service.run.safeguards import Safeguards
from talentimg.service.run.wish_queue import AT_ONCE, PAGE, WishedTalents
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Outcome
    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.looks import Looks
    from talentimg.repository.interface.wishes import Wishes
    from talentimg.service.decision.chain import Rules
    from talentimg.service.run.sync import Syncer

log = logging.getLogger("talentimg.wishes")

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
    """Begins to work off the wishes, each turn, if that is not under way; the looks go on beside it."""

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
            open_syncer: opens the sync service, for all who wait.
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
        self._queues: set[WishedTalents] = set()
        # What a store that was away could not be told: for minutes it would be ours, and nobody's.
        self._owed_wishes: list[Wish] = []
        self._owed_looks: set[str] = set()
        self._may_hold_more = False
        self.looked_at = 0
        """How many were."""

    @property
    def in_progress(self) -> int:
        """How many talents are being looked at, or are about to be."""
        return sum(len(queue.left) for queue in self._queues)

    async def turn(self) -> int:
        """Begin to work off the wishes, unless that is under way; how many were taken to begin with.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        await self._settle_owed()
        if self._may_hold_more or not self._has_room():
            return 0
        queue = self._queue(self._wishes)
        try:
            taken = await queue.begin()
        except TalentimgError:
            self._may_hold_more = True
            raise
        if taken:
            self._queues.add(queue)
            task = asyncio.create_task(self._grant(queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return taken

    def _has_room(self) -> bool:
        return self.in_progress <= AT_ONCE - PAGE and all(queue.is_over for queue in self._queues)

    async def grant(self, talent_id: str, tries: int) -> datetime | None:
        """Look at one talent, for a wish that somebody else keeps.

        Args:
            talent_id: the talent.
            tries: how many looks came to nothing.

        Returns:
            When it is to be tried again; None if it need not be.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        handed = HandedWishes(self._wishes, [Wish(talent_id, self._now(), tries)])
        queue = self._queue(handed)
        await queue.begin()
        self._queues.add(queue)
        await self._grant(queue)
        return handed.again_at

    def _queue(self, wishes: Wishes) -> WishedTalents:
        return WishedTalents(
            wishes=wishes,
            repository=self._repository,
            looks=self._looks,
            rules=self._rules,
            floor=self._floor,
            now=self._now,
        )

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

    async def _grant(self, queue: WishedTalents) -> None:
        """Look at whom they name, and take those off that came to something."""
        try:
            await self._look(queue)
        except TalentimgError as error:
            self._may_hold_more = True
            log.warning("What somebody has changed could not be looked at: %s", error.message)
        except Exception:
            log.exception("An internal error ended the look at what somebody has changed.")
        finally:
            self._queues.discard(queue)
            await self._put_back(queue)

    async def _look(self, queue: WishedTalents) -> None:
        valve = DayValve(self._wishes, self._repository, self._now)
        done: list[Wish] = []
        try:
            async with (
                self._open_syncer() as syncer,
                aclosing(syncer.sync_queue(queue, self._safeguards(syncer, valve))) as outcomes,
            ):
                async for outcome in outcomes:
                    queue.begun.discard(outcome.talent_id)
                    if wish := queue.left.pop(outcome.talent_id, None):
                        self.looked_at += 1
                        self._tell(Granted(wish, outcome))
                        done.append(wish)
                    if len(done) >= PAGE:
                        done, finished = [], done
                        await self._finish(queue, finished)
        finally:
            queue.stop()
            await self._end_looks(queue.begun)
            await self._finish(queue, done)
        if outcomes.exceeded is not None:
            log.warning("Pictures stay that would go. %s", outcomes.exceeded.sentence)
        await in_thread(valve.settle)

    def _safeguards(self, syncer: Syncer, valve: DayValve) -> Safeguards:
        return Safeguards(valve, syncer.duplicates(), withdrawn_is_lost=False)

    async def _finish(self, queue: WishedTalents, done: list[Wish]) -> None:
        try:
            await in_thread(queue.wishes.finish, done)
        except TalentimgError:
            self._owed_wishes += done
            raise

    async def _end_looks(self, talent_ids: Iterable[str]) -> None:
        for talent_id in talent_ids:
            try:
                await in_thread(self._looks.end_look, talent_id)
            except TalentimgError:
                self._owed_looks.add(talent_id)

    async def _put_back(self, queue: WishedTalents) -> None:
        """What came to nothing, for later. If this process dies, the wishes run out and are taken again."""
        left = list(queue.left.values())
        for tries in {wish.tries for wish in left}:
            again = [wish for wish in left if wish.tries == tries]
            try:
                await in_thread(queue.wishes.put_back, again, self._now() + pause_after(tries))
            except TalentimgError:
                self._owed_wishes += again

    async def _settle_owed(self) -> None:
        """Tell a store that is there again what it could not be told."""
        looks, self._owed_looks = self._owed_looks, set()
        await self._end_looks(looks)
        if self._owed_wishes:
            await in_thread(self._wishes.put_back, self._owed_wishes, self._now())
            self._owed_wishes = []
        # Once nothing is under way, all that is still ours was taken by a call of which we had no answer.
        if self._may_hold_more and not self._tasks:
            await in_thread(self._wishes.release)
            self._may_hold_more = False
