"""Finds what somebody has changed where the store does not tell it: by looking through the roster.

What the last look asked for is known of everybody (see `question_of`), so that what the roster asks for now
can be compared with it. That never costs more than a share of the time: the larger the roster, the later a
change is found.
"""

from __future__ import annotations

import asyncio
import logging
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.models.question import question_of
from talentimg.service.run.refresh import has_changed
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Roster
    from talentimg.repository.interface.wishes import Wishes
    from talentimg.service.decision.chain import Rules

log = logging.getLogger("talentimg.wishes")

PAGE: Final = 200
PAUSE_S: Final = 1.0
"""Between two questions whether somebody has written, and after each round."""
PAUSE_PER_PAGE: Final = 9
"""It waits this many times as long as a page took, so that it is at work a tenth of the time at most."""
TOLD_S: Final = 30.0
"""Between two questions whether the store tells what is changed, as long as it does."""
ROUNDS_S: Final = 3600.0
"""So often the roster is looked through although nobody seems to have written."""


class Comparison:
    """Looks through the roster for as long as the store does not tell what is changed."""

    def __init__(
        self,
        *,
        repository: Roster,
        wishes: Wishes,
        rules: Rules,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """All that it needs.

        Args:
            repository: the roster.
            wishes: where whom it finds is wished for.
            rules: tell what is asked for.
            now: the time.
            sleep: waits some seconds.
            clock: seconds that pass.
        """
        self._repository = repository
        self._wishes = wishes
        self._rules = rules
        self._now = now
        self._sleep = sleep
        self._clock = clock
        self._known: dict[str, int] = {}
        self._is_first = True

    async def go_on(self) -> None:
        """Compare until it is cancelled. A store that does not answer is asked for the same the next time."""
        seen: int | None = None
        compared_at = -inf
        while True:
            pause_s = PAUSE_S
            try:
                if await in_thread(self._wishes.is_told):
                    pause_s = TOLD_S
                else:
                    stamp, began = await in_thread(self._wishes.stamp), self._clock()
                    is_late = began - compared_at > ROUNDS_S
                    if stamp is None or stamp != seen or is_late:
                        await self.round()
                        seen, compared_at = stamp, began
            except TalentimgError as error:
                log.info("The roster could not be compared: %s", error.message)
            await self._sleep(pause_s)

    async def round(self) -> int:
        """Look through the whole roster once, and wish for whom it finds; how many.

        The first time, those who were never looked at are left to the nights, as there may be many.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        after: str | None = None
        found = 0
        seen: set[str] = set()
        while True:
            began = self._clock()
            rows = await in_thread(self._repository.roster, after=after, limit=PAGE)
            ids = [row.talent_id for row in rows]
            if not ids:
                break
            records = await in_thread(self._repository.load_many, ids)
            changed = [record for record in records if has_changed(record, self._rules, self._now())]
            wanted = [record.talent.id for record in changed if self._is_news(record)]
            await in_thread(self._wishes.wish, wanted)
            # Only now: what could not be wished for is as new the next time.
            self._known |= {record.talent.id: _all_that_is_asked(record) for record in changed}
            seen |= {record.talent.id for record in changed}
            found, after = found + len(wanted), ids[-1]
            await self._sleep(PAUSE_PER_PAGE * (self._clock() - began))
        self._known = {talent_id: asked for talent_id, asked in self._known.items() if talent_id in seen}
        self._is_first = False
        return found

    def _is_news(self, record: TalentRecord) -> bool:
        """Whether nobody was wished for because of what the roster asks for now."""
        is_left_to_the_nights = self._is_first and record.selection.synced_at is None
        return self._known.get(record.talent.id) != _all_that_is_asked(record) and not is_left_to_the_nights


def _all_that_is_asked(record: TalentRecord) -> int:
    """A number that is another one when the roster asks for something else."""
    talent = record.talent
    sources = sorted({"user", *(account.platform for account in talent.accounts)})
    return hash(tuple((source, question_of(talent, source)) for source in sources))
