"""Hands out whom somebody has changed, oldest wish first, page by page as long as there are any.

So a flood of wishes is one piece of work, as a run is: calls to platforms fill up, and the safety valve
judges it as a whole.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.service.run.queue import TalentQueue
from talentimg.service.run.refresh import LOOK, is_recent
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord, Wish
    from talentimg.repository.interface import Roster
    from talentimg.repository.interface.looks import Looks
    from talentimg.repository.interface.wishes import Wishes
    from talentimg.service.decision.chain import Rules

AT_ONCE: Final = 200
"""The most talents who are being looked at because of wishes."""
PAGE: Final = AT_ONCE // 2
"""So many are taken at once: more than are looked at together soon would be nobody else's for nothing."""
HELD: Final = timedelta(minutes=10)
"""How long a wish is this process's, before another one may take it."""
UNDER_WAY: Final = timedelta(seconds=2)
"""When somebody is asked for again at whom another process is looking just now."""


class WishedTalents(TalentQueue):
    """The talents of wishes, of one worker. It is over once nobody waits, and does not begin again."""

    def __init__(
        self,
        *,
        wishes: Wishes,
        repository: Roster,
        looks: Looks,
        rules: Rules,
        floor: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        """A queue, which `begin` fills for the first time.

        Args:
            wishes: where they are taken.
            repository: tells when somebody was looked at last.
            looks: tells who is being looked at by other processes.
            rules: tell whether something has changed since the last look.
            floor: how old a look has to be before there is another, if nothing has changed.
            now: the clock.
        """
        self.wishes = wishes
        self._repository = repository
        self._looks = looks
        self._rules = rules
        self._floor = floor
        self._now = now
        self._taken: list[Wish] = []
        self._ready: deque[TalentRecord] = deque()
        self._lock = asyncio.Lock()
        self.is_over = False
        """Whether nobody waited when it asked last, or it was stopped."""
        self.left: dict[str, Wish] = {}
        """The wishes that were taken and have come to nothing yet, by talent."""
        self.begun: set[str] = set()
        """Whose looks have begun that have had no result."""

    async def begin(self) -> int:
        """Take the first page; how many wishes those were.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        return await self._take()

    async def next(self) -> TalentRecord | None:
        async with self._lock:
            while not self._ready and self.has_more:
                if not self._taken:
                    await self._take()
                page, self._taken = self._taken, []
                self._ready.extend(await self._to_look_at(page))
            return self._ready.popleft() if self._ready else None

    @property
    def has_more(self) -> bool:
        return bool(self._ready or self._taken) or not self.is_over

    @property
    def most(self) -> int:
        return AT_ONCE

    def stop(self) -> None:
        """Hand out no more talents."""
        self.is_over = True
        self._taken.clear()
        self._ready.clear()

    async def _take(self) -> int:
        now = self._now()
        self._taken = await in_thread(self.wishes.take, now, now + HELD, limit=PAGE)
        self.is_over = self.is_over or len(self._taken) < PAGE
        self.left |= {wish.talent_id: wish for wish in self._taken}
        return len(self._taken)

    async def _to_look_at(self, page: Sequence[Wish]) -> list[TalentRecord]:
        """Those who need it and are not being looked at by another; what came of the others is settled."""
        records = await in_thread(self._repository.load_many, [wish.talent_id for wish in page])
        known = {record.talent.id: record for record in records}
        now = self._now()
        recent = {i for i, record in known.items() if is_recent(record, self._rules, now, self._floor)}
        settled = [wish for wish in page if wish.talent_id in recent or wish.talent_id not in known]
        await in_thread(self.wishes.finish, settled)
        self._forget(settled)
        rest = [wish for wish in page if wish.talent_id in known.keys() - recent]
        wanted = set(await self._begin_looks([wish.talent_id for wish in rest]))
        theirs = [wish for wish in rest if wish.talent_id not in wanted]
        await in_thread(self.wishes.put_back, theirs, now + UNDER_WAY)
        self._forget(theirs)  # only now: what could not be put back is owed
        return [known[wish.talent_id] for wish in rest if wish.talent_id in wanted]

    async def _begin_looks(self, talent_ids: Sequence[str]) -> list[str]:
        now = self._now()
        begun = await in_thread(self._looks.begin_looks, talent_ids, now, now + LOOK) if talent_ids else []
        self.begun.update(begun)
        return begun

    def _forget(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            self.left.pop(wish.talent_id, None)
