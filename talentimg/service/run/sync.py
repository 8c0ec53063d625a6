"""Syncs one talent, or many, yielding an outcome for each as it is saved.

An outcome is reported only once its result is durable: a failed save is never a success.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import ChangesRefused, StoreLocked, TalentimgError
from talentimg.service.decision.chain import resolve
from talentimg.service.decision.resolver import CONFLICT_RETRIES
from talentimg.service.decision.versions import BY_SYNC
from talentimg.service.lookup.look import look_at
from talentimg.service.lookup.retracting import retracted
from talentimg.service.results import LookResult, not_stored
from talentimg.service.run.duplicates import DuplicateDetector
from talentimg.service.run.queue import FixedList, LeasedTalents
from talentimg.service.run.safeguards import Safeguards
from talentimg.service.run.valve import Valve
from talentimg.service.run.writer import ResultWriter
from talentimg.service.tasks import all_of
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
    from datetime import datetime

    from talentimg.errors import LossLimitExceeded
    from talentimg.models import Outcome, Suspect, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.lookup.allowance import Traffic
    from talentimg.service.lookup.sources import Sources
    from talentimg.service.results import SourceResult, WriteResult
    from talentimg.service.run.queue import TalentQueue

log = logging.getLogger("talentimg.sync")

BATCH: Final = 500
"""The most results that are written in one transaction."""
BATCH_WAIT_S: Final = 0.2
"""How long a batch that is not full waits for more results."""
WAIT_PER_WRITE: Final = 3
"""It waits this many times as long as the last one took to write, if that is longer: so a distant database is
asked less often, and is free for other questions most of the time."""
LONGEST_BATCH_WAIT_S: Final = 2.0
TALENTS_PER_CONVERSATION: Final = 10
"""Talents in progress for each allowed conversation. Most of them wait for their platform, and the more wait,
the fuller are the calls that they share."""
LEASE: Final = timedelta(minutes=10)
"""How long a claim on a talent lasts unless it is renewed."""


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


class RosterSync:
    """Looks at many talents in progress: iterate over it for the outcomes.

    Leaving the iteration early cancels what is in progress; use `contextlib.aclosing`.
    """

    def __init__(
        self,
        outcomes: AsyncGenerator[Outcome, None],
        queue: TalentQueue,
        safeguards: Safeguards,
        stop: Callable[[], None],
    ) -> None:
        self._outcomes = outcomes
        self._queue = queue
        self._safeguards = safeguards
        self._stop = stop

    @property
    def exceeded(self) -> LossLimitExceeded | None:
        """Why the safety valve shut, if it did; known at the end."""
        return self._safeguards.exceeded

    @property
    def suspects(self) -> list[Suspect]:
        """New pictures that too many talents got in this run."""
        return list(self._safeguards.suspects.values())

    @property
    def in_progress(self) -> int:
        """How many talents are being looked at, or wait for their results to be stored."""
        return self._queue.handed_out

    def stop(self) -> None:
        """Start no more talents, and finish those in progress."""
        self._stop()

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self._outcomes

    async def __anext__(self) -> Outcome:
        return await anext(self._outcomes)

    async def aclose(self) -> None:
        """End it now."""
        await self._outcomes.aclose()


class Syncer:
    """Looks at talents, saves what it finds, and reports the outcomes."""

    def __init__(
        self,
        *,
        repository: Repository,
        sources: Sources,
        resolver: Resolver,
        now: Callable[[], datetime],
        concurrency: int,
        lease: timedelta = LEASE,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where results are saved.
            sources: asks the platforms.
            resolver: decides what is shown.
            now: the clock.
            concurrency: conversations at the same time; ten times as many talents are in progress.
            lease: how long a claim on a due talent lasts.
        """
        self._repository = repository
        self._sources = sources
        self._resolver = resolver
        self._now = now
        self._window = TALENTS_PER_CONVERSATION * concurrency
        self._lease = lease

    async def sync(self, talent_id: str, *, force: bool = False, by: str = BY_SYNC) -> Outcome:
        """Look at one talent now.

        Args:
            talent_id: the talent to look at.
            force: fetch the picture even if nothing seems to have changed. This does not override a lock.
            by: who the history names.

        Raises:
            TalentNotFound: no such talent.
            StoreLocked: others keep changing this talent.
            TalentimgError: pictures cannot be kept, so nobody was asked.
        """
        await self._sources.check_store()
        for _ in range(CONFLICT_RETRIES):
            record = await in_thread(self._repository.load, talent_id)
            look = await self._look(record, force=force)
            result = self._resolver.result_of(
                look.before, look.after, look.results, by=by, seconds=look.seconds
            )
            # Changes that a person or another sync made during our look are not overwritten.
            try:
                if not await in_thread(self._repository.save, [result.change], self._now()):
                    return result.outcome
            except ChangesRefused as error:
                return not_stored(result.outcome, error.reasons[talent_id])
        raise StoreLocked(f"The talent {talent_id!r} keeps being changed by others.", hint="Try again later.")

    async def offered(self, record: TalentRecord, source: str) -> SourceResult:
        """What one source offers for a talent. Its picture is stored, and nothing is written down."""
        await self._sources.check_store()
        return await self._sources.ask(record, source)

    @property
    def traffic(self) -> dict[str, Traffic]:
        """The requests sent so far, by platform; it is updated as the run goes on."""
        return self._sources.allowance.traffic

    def sync_many(
        self,
        talent_ids: Iterable[str],
        *,
        force: bool = False,
        allow_losses: int | None = None,
    ) -> RosterSync:
        """Sync talents concurrently; outcomes come as they are saved, in no fixed order.

        Ids that are no longer on the roster are skipped. If pictures cannot be kept, the first step of the
        iteration says so, and nobody is asked.

        Args:
            talent_ids: whom to look at.
            force: as in `sync`.
            allow_losses: as in `sync_due`; the safety valve counts over all of them.
        """
        talents = FixedList(self._repository, talent_ids)
        return self.sync_queue(talents, Safeguards(Valve(allow_losses)), force=force)

    def sync_queue(self, queue: TalentQueue, safeguards: Safeguards, *, force: bool = False) -> RosterSync:
        """Sync the talents that a queue hands out, as `sync_many` does those of a list."""

        def stop() -> None:
            queue.stop()
            self._sources.allowance.stop()

        return RosterSync(self._sync_queue(queue, safeguards, force=force), queue, safeguards, stop)

    def sync_due(
        self,
        *,
        before: datetime | None,
        limit: int | None,
        force: bool = False,
        allow_losses: int | None = None,
        valve: Valve | None = None,
        since: datetime | None = None,
        draw: Callable[[int], int] | None = None,
    ) -> RosterSync:
        """Sync the talents that are due, sharing the work with other processes that do the same.

        Talents are claimed page by page, and released if they were not finished because the
        iteration was left early or something stopped it.

        Args:
            before: talents whose last look was before this are due; None means everybody.
            limit: the maximum number of talents; None sets no limit.
            force: as in `sync`.
            allow_losses: how many demotions a person allows, if more than the safety valve does.
            valve: another than that of this process alone.
            since: when the first of those who share the work began; None if this is the first.
            draw: as with `LeasedTalents`, where the limit is one for all who share the work.
        """
        claims = LeasedTalents(
            self._repository,
            self._now,
            before=before,
            limit=limit,
            lease=self._lease,
            concurrency=self._window,
            since=since,
            draw=draw,
        )
        safeguards = Safeguards(valve or Valve(allow_losses), self.duplicates(since))
        return self.sync_queue(claims, safeguards, force=force)

    def duplicates(self, since: datetime | None = None) -> DuplicateDetector:
        """Finds pictures that too many people have.

        Args:
            since: as in `sync_due`: whoever was looked at since then is looked at again.
        """
        return DuplicateDetector(self._repository, self._sources.suspected, self._now, since)

    async def _sync_queue(
        self, queue: TalentQueue, safeguards: Safeguards, *, force: bool
    ) -> AsyncGenerator[Outcome, None]:
        await self._sources.check_store()
        writer = ResultWriter(self._repository, self._resolver, self._now, queue, safeguards)
        looks: asyncio.Queue[LookResult | _End] = asyncio.Queue(maxsize=BATCH)
        work = asyncio.create_task(self._look_at_all(queue, looks, force=force))
        try:
            end: _End | None = None
            wait_s = BATCH_WAIT_S
            while end is None:
                batch, end = await _next_batch(looks, wait_s)
                began = monotonic()
                written = await writer.write(batch)
                wait_s = _wait_after(monotonic() - began)
                async for outcome in self._outcomes_of(writer, written, queue, force=force):
                    yield outcome
            if end.error is not None:
                raise end.error
            async for written in writer.finish():
                async for outcome in self._outcomes_of(writer, written, queue, force=force):
                    yield outcome
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            await queue.end()

    async def _outcomes_of(
        self, writer: ResultWriter, written: WriteResult, queue: TalentQueue, *, force: bool
    ) -> AsyncGenerator[Outcome, None]:
        """The outcomes of a batch, including those of its talents that have to be looked at again."""
        for _ in range(CONFLICT_RETRIES):
            for outcome in written.outcomes:
                yield outcome
            if not written.repeat:
                return
            records = await in_thread(self._repository.load_many, list(written.repeat))
            repeated = await all_of(self._look_safely(record, force=force) for record in records)
            gone = set(written.repeat) - {record.talent.id for record in records}
            queue.done(gone)
            queue.saved(gone)
            written = await writer.write(repeated, written.repeat)
        for outcome in written.outcomes:
            yield outcome
        for talent_id in written.repeat:  # one talent never stops the others; it stays due
            log.warning("The talent %r keeps being changed by others.", talent_id)

    async def _look_at_all(
        self, queue: TalentQueue, looks: asyncio.Queue[LookResult | _End], *, force: bool
    ) -> None:
        """Put a result for each talent, then the end, with the error that stopped the work if any."""
        busy = 0
        at_once = self._window if queue.most is None else min(self._window, queue.most)

        async def worker() -> None:
            nonlocal busy
            while record := await queue.next():
                busy += 1
                try:
                    await looks.put(await self._look_safely(record, force=force))
                finally:
                    busy -= 1

        error: Exception | None = None
        try:
            with self._sources.expecting(lambda: queue.has_more and self._sources.waiting < busy):
                async with asyncio.TaskGroup() as group:
                    for _ in range(at_once):
                        group.create_task(worker())
        except ExceptionGroup as several:
            error = several.exceptions[0]
        await looks.put(_End(error))

    async def _look_safely(self, record: TalentRecord, *, force: bool) -> LookResult:
        """One talent never stops the others, even with an internal error; a store that is away does."""
        try:
            return await self._look(record, force=force)
        except TalentimgError:
            raise
        except Exception:
            log.exception("An internal error stopped the sync of %r.", record.talent.id)
            return LookResult(record, record, is_internal_error=True)

    async def _look(self, record: TalentRecord, *, force: bool) -> LookResult:
        """One look at a talent, and another if what is shown turned out meanwhile to be a placeholder."""
        before = await self._without_suspected(record)
        look = await look_at(before, self._sources, self._resolver.rules, self._now, force=force)
        after = await self._without_suspected(before)
        if after is not before:
            look = await look_at(after, self._sources, self._resolver.rules, self._now, force=force)
        decision = resolve(look.after, self._resolver.rules, self._now())
        await self._sources.look_after(look, stays=decision.keeps_selection)
        return look

    async def _without_suspected(self, record: TalentRecord) -> TalentRecord:
        """The talent's record; if a suspected placeholder is shown, that is retracted first."""
        retraction = await retracted(record, self._sources.suspected, self._repository, self._resolver)
        if retraction is None:
            return record
        with suppress(ChangesRefused):  # so is what the look finds, and then the outcome says so
            await in_thread(self._repository.save, [retraction.change], self._now())
        return await in_thread(self._repository.load, record.talent.id)


def _wait_after(seconds: float) -> float:
    """How long the next batch waits for more results, in seconds, given how long the last took to write."""
    return min(max(BATCH_WAIT_S, WAIT_PER_WRITE * seconds), LONGEST_BATCH_WAIT_S)


async def _next_batch(
    looks: asyncio.Queue[LookResult | _End], wait_s: float
) -> tuple[list[LookResult], _End | None]:
    """The next results, at most a full batch, and the end if it has been reached."""
    item = await looks.get()
    batch: list[LookResult] = []
    try:
        async with asyncio.timeout(wait_s):
            while isinstance(item, LookResult):
                batch.append(item)
                if len(batch) == BATCH:
                    return batch, None
                item = await looks.get()
    except TimeoutError:
        return batch, None
    return batch, item
