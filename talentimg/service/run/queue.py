"""Where a run gets its talents from: a list of ids, or claims on those due."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.repository.interface import Claimed
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime, timedelta

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository, Roster

log = logging.getLogger("talentimg.sync")

PAGE: Final = 250
"""The most talents that are claimed at once, unless more are waited for."""
AHEAD: Final = 0.5
"""The share of a page that is still to be handed out when the next one is claimed."""
RENEWALS_PER_LEASE: Final = 3
"""How often a lease is renewed before it expires, because the store may be away for a while."""
RENEWAL_PAGE: Final = 1000
_NOBODY: Final = Claimed([], list)


class TalentQueue(ABC):
    """Hands out talents, each once, to concurrent workers."""

    @abstractmethod
    async def next(self) -> TalentRecord | None:
        """The next talent; None when there are no more."""

    @property
    @abstractmethod
    def has_more(self) -> bool:
        """Whether more talents may come."""

    @abstractmethod
    def stop(self) -> None:
        """Hand out no more talents."""

    @property
    def most(self) -> int | None:
        """The most that are to be looked at at once; None sets no limit."""
        return None

    @property
    def handed_out(self) -> int:
        """How many were handed out whose results are not durable."""
        return 0

    def done(self, talent_ids: Collection[str]) -> None:  # noqa: B027  optional
        """The results of these talents are about to be written, which releases their leases."""

    def undo(self, talent_ids: Collection[str]) -> None:  # noqa: B027  optional
        """The results of these talents were not written after all."""

    def saved(self, talent_ids: Collection[str]) -> None:  # noqa: B027  optional
        """The results of these talents are durable."""

    async def end(self) -> None:  # noqa: B027  optional
        """Release the talents that were claimed and are not done."""


class FixedList(TalentQueue):
    """The talents of a list. Ids that are not on the roster are skipped, and nothing is claimed."""

    def __init__(self, repository: Roster, talent_ids: Iterable[str]) -> None:
        self._repository = repository
        self._waiting = deque(dict.fromkeys(talent_ids))
        self._loaded: deque[TalentRecord] = deque()
        self._lock = asyncio.Lock()

    async def next(self) -> TalentRecord | None:
        async with self._lock:
            while not self._loaded and self._waiting:
                page = [self._waiting.popleft() for _ in range(min(PAGE, len(self._waiting)))]
                self._loaded.extend(await in_thread(self._repository.load_many, page))
            return self._loaded.popleft() if self._loaded else None

    @property
    def has_more(self) -> bool:
        return bool(self._loaded or self._waiting)

    @property
    def most(self) -> int:
        return len(self._loaded) + len(self._waiting)

    def stop(self) -> None:
        """Hand out no more talents."""
        self._waiting.clear()
        self._loaded.clear()


class LeasedTalents(TalentQueue):
    """The talents that are due, claimed page by page and shared with other processes on the same roster.

    No talent comes to a run twice: those synced since its start are left out, even if they are due again.
    """

    def __init__(
        self,
        repository: Repository,
        now: Callable[[], datetime],
        *,
        before: datetime | None,
        limit: int | None,
        lease: timedelta,
        concurrency: int,
        since: datetime | None = None,
        draw: Callable[[int], int] | None = None,
    ) -> None:
        """Claims for a run that starts now.

        Args:
            repository: where talents are claimed.
            now: the clock.
            before: talents whose last look was before this are due; None means everybody.
            limit: the maximum number of talents; None sets no limit.
            lease: how long a claim lasts unless renewed, as it is while we work on the talent.
            concurrency: talents looked at at the same time; no more are claimed in advance.
            since: when the first of those who share the work began; None for now.
            draw: takes so many of those that all together may look at, or fewer; less than 0 gives them back.
        """
        self._repository = repository
        self._now = now
        self._started_at = since or now()
        self._draw = draw
        self._before = before
        self._remaining = limit
        self._lease = lease
        self._page = min(PAGE, concurrency)
        self._asking = 0
        self._lock = asyncio.Lock()
        self._waiting: deque[TalentRecord] = deque()
        self._leased: set[str] = set()
        self._in_progress: set[str] = set()
        self._with_workers: set[str] = set()
        self._claiming: asyncio.Task[list[TalentRecord]] | None = None
        self._renewal: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        self._is_exhausted = False
        self._is_stopped = False

    async def next(self) -> TalentRecord | None:
        self._asking += 1
        try:
            return await self._next()
        finally:
            self._asking -= 1

    async def _next(self) -> TalentRecord | None:
        async with self._lock:
            while not self._waiting and self.has_more:
                claiming = self._claim_ahead()
                # Finished even if we are cancelled: what it claims has to be released.
                claimed = await asyncio.shield(claiming)
                self._claiming = None
                self._waiting.extend([] if self._is_stopped else claimed)
            if not self._waiting:
                return None
            record = self._waiting.popleft()
            self._with_workers.add(record.talent.id)
            if len(self._waiting) < self._page * AHEAD and not self._is_exhausted:
                self._claim_ahead()
            return record

    def _claim_ahead(self) -> asyncio.Task[list[TalentRecord]]:
        """Begin to claim the next page, unless that is under way: a database may be far away."""
        self._renewal = self._renewal or asyncio.create_task(self._renew())
        self._claiming = self._claiming or asyncio.create_task(asyncio.to_thread(self._claim))
        return self._claiming

    @property
    def has_more(self) -> bool:
        return bool(self._waiting) or self._claiming is not None or not self._is_exhausted

    @property
    def handed_out(self) -> int:
        return len(self._with_workers)

    def stop(self) -> None:
        """Hand out no more talents; `end` releases those that were not started."""
        self._is_exhausted = self._is_stopped = True
        self._waiting.clear()

    def _claim(self) -> list[TalentRecord]:
        records: list[TalentRecord] = []
        while not records and not self._is_exhausted:  # a page may vanish from the roster before it is loaded
            page = max(self._page, self._asking)  # whoever asks begins at once
            limit = page if self._remaining is None else min(page, self._remaining)
            limit = self._draw(limit) if self._draw else limit
            claimed, load = self._claim_page(limit) if limit else _NOBODY
            # If the store was away for long, our own leases may have expired, and we may be given talents
            # that we are working on.
            new = {talent_id for talent_id in claimed if talent_id not in self._in_progress}
            self._leased.update(claimed)
            self._in_progress.update(new)
            if self._draw and len(new) < limit:
                self._draw(len(new) - limit)
            self._remaining = None if self._remaining is None else self._remaining - len(new)
            if not claimed or self._remaining == 0:
                self._is_exhausted = True
            records = [record for record in load() if record.talent.id in new] if new else []
        return records

    def _claim_page(self, limit: int) -> Claimed:
        return self._repository.claim_page(
            self._now(), before=self._before, limit=limit, lease=self._lease, unless_since=self._started_at
        )

    async def _renew(self) -> None:
        """Renew our leases while we work: a pause, or a demotion that is held back, may last long."""
        while not await self._ends_within(self._lease.total_seconds() / RENEWALS_PER_LEASE):
            leased = sorted(self._leased)
            try:
                for start in range(0, len(leased), RENEWAL_PAGE):
                    page = leased[start : start + RENEWAL_PAGE]
                    await in_thread(self._repository.renew, page, self._now() + self._lease)
            except TalentimgError as error:  # it is tried again before the leases expire
                log.info("Leases could not be renewed: %s", error.message)
            except Exception:  # at worst, a talent is looked at twice
                log.exception("An internal error kept leases from being renewed.")

    async def _ends_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        return self._ended.is_set()

    def done(self, talent_ids: Collection[str]) -> None:
        self._leased.difference_update(talent_ids)

    def undo(self, talent_ids: Collection[str]) -> None:
        self._leased.update(talent_ids)

    def saved(self, talent_ids: Collection[str]) -> None:
        self._in_progress.difference_update(talent_ids)
        self._with_workers.difference_update(talent_ids)

    async def end(self) -> None:
        """If the store cannot be reached, the leases expire by themselves."""
        self._ended.set()
        try:
            if self._renewal is not None:
                await asyncio.wait([self._renewal])
            if self._claiming is not None:
                with suppress(TalentimgError):
                    await self._claiming
        finally:  # even if the end itself is cancelled
            if self._leased:
                with suppress(TalentimgError):
                    await in_thread(self._repository.release, sorted(self._leased))
