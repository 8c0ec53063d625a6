"""Syncs one talent, or many, yielding an outcome for each as it is kept.

An outcome is told only after its result is durable: a failed save is never a success.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import StoreLocked, TalentimgError
from talentimg.service.decision.resolver import CONFLICT_RETRIES
from talentimg.service.lookup.look import look_at
from talentimg.service.results import LookResult
from talentimg.service.run.duplicates import DuplicateDetector
from talentimg.service.run.queue import FixedList, LeasedTalents
from talentimg.service.run.safeguards import Safeguards
from talentimg.service.run.valve import Valve
from talentimg.service.run.writer import ResultWriter
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
    from talentimg.service.results import WriteResult
    from talentimg.service.run.queue import TalentQueue

log = logging.getLogger("talentimg.sync")

BATCH: Final = 100
"""Results written in one transaction at most."""
BATCH_WAIT_S: Final = 0.2
"""How long a batch that is not full waits for more results."""
TALENTS_PER_CONVERSATION: Final = 10
"""Talents under way for each conversation that there may be: most of them wait for their platform's turn,
and the more wait, the fuller are the calls that many share."""
LEASE: Final = timedelta(minutes=10)
"""For how long a talent is ours unless told otherwise, or said anew."""


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


class RosterSync:
    """A roster run under way: iterate over it for the outcomes.

    Leaving the iteration early cancels what is under way; use `contextlib.aclosing`.
    """

    def __init__(
        self, outcomes: AsyncGenerator[Outcome, None], safeguards: Safeguards, stop: Callable[[], None]
    ) -> None:
        self._outcomes = outcomes
        self._safeguards = safeguards
        self._stop = stop

    @property
    def exceeded(self) -> LossLimitExceeded | None:
        """Why the safety valve kept pictures, if it did; known in the end."""
        return self._safeguards.exceeded

    @property
    def suspects(self) -> list[Suspect]:
        """New pictures that came for too many talents in this run."""
        return list(self._safeguards.suspects.values())

    def stop(self) -> None:
        """Take nobody new; what is under way is finished."""
        self._stop()

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self._outcomes

    async def __anext__(self) -> Outcome:
        return await anext(self._outcomes)

    async def aclose(self) -> None:
        """End it now."""
        await self._outcomes.aclose()


class Syncer:
    """Walks the chain for talents, keeps what it finds, and says what it did."""

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
            repository: where results are kept.
            sources: asks the platforms.
            resolver: decides.
            now: the clock.
            concurrency: conversations at the same time; ten times as many talents are under way.
            lease: for how long a talent that is taken because it is due is nobody else's.
        """
        self._repository = repository
        self._sources = sources
        self._resolver = resolver
        self._now = now
        self._window = TALENTS_PER_CONVERSATION * concurrency
        self._lease = lease

    async def sync(self, talent_id: str, *, force: bool = False) -> Outcome:
        """Look at one talent now.

        Args:
            talent_id: whom to look at.
            force: fetch the picture anew though nothing seems to have changed. A lock holds all the same.

        Raises:
            TalentNotFound: no such talent.
            StoreLocked: somebody else changes this talent time and again.
        """
        for _ in range(CONFLICT_RETRIES):
            record = await in_thread(self._repository.load, talent_id)
            look = await self._look(record, force=force)
            result = self._resolver.result_of(look.before, look.after, look.results, seconds=look.seconds)
            # Whoever changed the talent during our look, a person or another sync, is not overruled by it.
            if not await in_thread(self._repository.save, [result.change], self._now()):
                return result.outcome
        raise StoreLocked(f"The talent {talent_id!r} is being changed all the time.", hint="Try again later.")

    @property
    def traffic(self) -> dict[str, Traffic]:
        """The requests that went out until now, by platform; it grows as they do."""
        return self._sources.allowance.traffic

    def sync_many(self, talent_ids: Iterable[str], *, force: bool = False) -> AsyncGenerator[Outcome, None]:
        """Sync talents side by side; outcomes come as they are kept, in no fixed order.

        Ids that vanish from the roster meanwhile are passed over. Leaving the iteration
        early cancels what is under way; use `contextlib.aclosing`.
        """
        return self._sync_queue(FixedList(self._repository, talent_ids), force=force)

    def sync_due(
        self,
        *,
        before: datetime | None,
        limit: int | None,
        force: bool = False,
        allow_losses: int | None = None,
    ) -> RosterSync:
        """Sync whoever is due, sharing the work with other processes that do the same.

        Talents are claimed page by page, and given back if they were not finished: when the
        iteration is left early, or when something stops it.

        Args:
            before: the time of the last look before which a talent is due; None takes everybody.
            limit: talents to take at most.
            force: as for `sync`.
            allow_losses: demotions that a person allows, if that is more than the safety valve does.
        """
        claims = LeasedTalents(
            self._repository,
            self._now,
            before=before,
            limit=limit,
            lease=self._lease,
            concurrency=self._window,
        )
        duplicates = DuplicateDetector(self._repository, self._sources.suspected, self._now)
        safeguards = Safeguards(Valve(allow_losses), duplicates)

        def stop() -> None:
            claims.stop()
            self._sources.allowance.stop()

        return RosterSync(self._sync_queue(claims, force=force, safeguards=safeguards), safeguards, stop)

    async def _sync_queue(
        self, queue: TalentQueue, *, force: bool, safeguards: Safeguards | None = None
    ) -> AsyncGenerator[Outcome, None]:
        writer = ResultWriter(self._repository, self._resolver, self._now, queue, safeguards)
        results: asyncio.Queue[LookResult | _End] = asyncio.Queue(maxsize=2 * BATCH)
        work = asyncio.create_task(self._look_at_all(queue, results, force=force))
        try:
            end: _End | None = None
            while end is None:
                batch, end = await _next_batch(results)
                async for outcome in self._report(writer, await writer.write(batch), queue, force=force):
                    yield outcome
            if end.error is not None:
                raise end.error
            async for written in writer.finish():
                async for outcome in self._report(writer, written, queue, force=force):
                    yield outcome
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            await queue.end()

    async def _report(
        self, writer: ResultWriter, written: WriteResult, queue: TalentQueue, *, force: bool
    ) -> AsyncGenerator[Outcome, None]:
        """The outcomes of a batch, and of those in it who had to be looked at anew."""
        for _ in range(CONFLICT_RETRIES):
            for outcome in written.outcomes:
                yield outcome
            if not written.repeat:
                return
            records = await in_thread(self._repository.load_many, list(written.repeat))
            repeated = await asyncio.gather(*(self._look_safely(record, force=force) for record in records))
            gone = set(written.repeat) - {record.talent.id for record in records}
            queue.done(gone)
            queue.saved(gone)
            written = await writer.write(repeated, written.repeat)
        for outcome in written.outcomes:
            yield outcome
        for talent_id in written.repeat:  # one talent never stops the others; this one stays due
            log.warning("The talent %r is being changed all the time.", talent_id)

    async def _look_at_all(
        self, queue: TalentQueue, results: asyncio.Queue[LookResult | _End], *, force: bool
    ) -> None:
        """Feed the queue; its last item is the end, with the error that stopped the work if one did."""
        busy = 0

        async def worker() -> None:
            nonlocal busy
            while record := await queue.next():
                busy += 1
                try:
                    await results.put(await self._look_safely(record, force=force))
                finally:
                    busy -= 1

        error: Exception | None = None
        try:
            with self._sources.expecting(lambda: queue.has_more and self._sources.waiting < busy):
                async with asyncio.TaskGroup() as group:
                    for _ in range(self._window):
                        group.create_task(worker())
        except ExceptionGroup as several:
            error = several.exceptions[0]
        await results.put(_End(error))

    async def _look_safely(self, record: TalentRecord, *, force: bool) -> LookResult:
        """One talent's trouble, even a bug of ours, never stops the others; a store that is away does."""
        try:
            return await self._look(record, force=force)
        except TalentimgError:
            raise
        except Exception:
            log.exception("a bug stopped the sync of %r", record.talent.id)
            return LookResult(record, record, is_internal_error=True)

    async def _look(self, record: TalentRecord, *, force: bool) -> LookResult:
        """One look; a picture that is shown and no longer believed is taken back first."""
        suspect = await self._sources.suspected.shown_for(record)
        if suspect is not None:
            history = await in_thread(self._repository.history, record.talent.id, limit=1)
            retracted = self._resolver.retract(record, suspect, history)
            if retracted is not None:
                await in_thread(self._repository.save, [retracted.change], self._now())
                record = await in_thread(self._repository.load, record.talent.id)
        return await look_at(record, self._sources, self._resolver.rules, self._now, force=force)


async def _next_batch(results: asyncio.Queue[LookResult | _End]) -> tuple[list[LookResult], _End | None]:
    """At least one result and at most a batch, and the end once it is reached."""
    item = await results.get()
    batch: list[LookResult] = []
    try:
        async with asyncio.timeout(BATCH_WAIT_S):
            while isinstance(item, LookResult):
                batch.append(item)
                if len(batch) == BATCH:
                    return batch, None
                item = await results.get()
    except TimeoutError:
        return batch, None
    return batch, item
