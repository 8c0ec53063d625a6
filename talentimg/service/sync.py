"""Syncs one talent, or many, yielding an outcome for each as it is kept.

An outcome is told only after its result is durable: a failed save is never a success.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import StoreBusy, TalentimgError, TalentNotFound
from talentimg.service.chain import next_question
from talentimg.service.conclude import Conclusion
from talentimg.service.supply import Claims, Named
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
    from datetime import datetime

    from talentimg.models import Outcome, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.conclude import Concluder
    from talentimg.service.sources import Asked, Sources
    from talentimg.service.supply import Supply

log = logging.getLogger("talentimg.sync")

BATCH: Final = 50
"""Results written in one transaction at most."""
LEASE: Final = timedelta(minutes=10)
"""For how long a talent is ours unless told otherwise; a look takes a few minutes at the very most."""
ROUNDS: Final = 5
"""Times that a talent is looked at anew because somebody changed it during the look."""


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


class Syncer:
    """Walks the chain for talents, keeps what it finds, and says what it did."""

    def __init__(
        self,
        *,
        repository: Repository,
        sources: Sources,
        concluder: Concluder,
        now: Callable[[], datetime],
        concurrency: int,
        lease: timedelta = LEASE,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where results are kept.
            sources: asks the platforms.
            concluder: decides.
            now: the clock.
            concurrency: talents looked at at the same time.
            lease: for how long a talent that is taken because it is due is nobody else's.
        """
        self._repository = repository
        self._sources = sources
        self._concluder = concluder
        self._now = now
        self._concurrency = concurrency
        self._lease = lease

    async def sync(self, talent_id: str, *, force: bool = False) -> Outcome:
        """Sync one talent.

        Args:
            talent_id: whom.
            force: fetch pictures anew even where nothing seems to have changed. A lock
                holds all the same.

        Raises:
            TalentNotFound: no such talent.
            StoreBusy: somebody else changes this talent time and again.
        """
        for _ in range(ROUNDS):
            record = await in_thread(self._repository.load, talent_id)
            result = await self._look(record, force=force)
            # Whoever changed the talent during our look, a person or another sync, is not overruled by it.
            if not await in_thread(self._repository.save, [result.change], self._now()):
                return result.outcome
        raise StoreBusy(f"The talent {talent_id!r} is being changed all the time.", hint="Try again later.")

    def sync_many(self, talent_ids: Iterable[str], *, force: bool = False) -> AsyncGenerator[Outcome, None]:
        """Sync talents side by side; outcomes come as they are kept, in no fixed order.

        Ids that vanish from the roster meanwhile are passed over. Leaving the iteration
        early cancels what is under way; use `contextlib.aclosing`.
        """
        return self._sync_all_of(Named(self._repository, talent_ids), force=force)

    def sync_due(
        self, *, before: datetime | None, limit: int | None, force: bool = False
    ) -> AsyncGenerator[Outcome, None]:
        """Sync whoever is due, sharing the work with other processes that do the same.

        Talents are claimed page by page, and given back if they were not finished: when the
        iteration is left early, or when something stops it.

        Args:
            before: the time of the last look before which a talent is due; None takes everybody.
            limit: talents to take at most.
            force: as for `sync`.
        """
        claims = Claims(
            self._repository,
            self._now,
            before=before,
            limit=limit,
            lease=self._lease,
            at_once=self._concurrency,
        )
        return self._sync_all_of(claims, force=force)

    async def _sync_all_of(self, supply: Supply, *, force: bool) -> AsyncGenerator[Outcome, None]:
        results: asyncio.Queue[Conclusion | _End] = asyncio.Queue(maxsize=2 * BATCH)
        work = asyncio.create_task(self._work_through(supply, results, force=force))
        try:
            end: _End | None = None
            while end is None:
                batch, end = await _next_batch(results)
                stale = await self._keep(batch, supply)
                for result in batch:
                    if result.change.talent_id not in stale:
                        yield result.outcome
                for talent_id in stale:
                    try:
                        yield await self.sync(talent_id, force=force)
                    except TalentNotFound:
                        pass  # taken off the roster just now
                    except StoreBusy as error:  # one talent never stops the others; this one stays due
                        log.warning("%s", error.message)
                    supply.settled([talent_id])
                    supply.kept([talent_id])
            if end.error is not None:
                raise end.error
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            await supply.end()

    async def _keep(self, batch: Sequence[Conclusion], supply: Supply) -> list[str]:
        """Write results; return the ids of those who were changed by somebody else meanwhile.

        Begun, it is seen through, so they are settled from then on.
        """
        ids = [result.change.talent_id for result in batch]
        supply.settled(ids)
        try:
            stale = await in_thread(self._repository.save, [result.change for result in batch], self._now())
        except TalentimgError:
            supply.unsettled(ids)
            raise
        supply.unsettled(stale)
        supply.kept([talent_id for talent_id in ids if talent_id not in stale])
        return stale

    # -- many ------------------------------------------------------------------------------

    async def _work_through(
        self, supply: Supply, results: asyncio.Queue[Conclusion | _End], *, force: bool
    ) -> None:
        """Feed the queue; its last item is the end, with the error that stopped the work if one did."""

        async def worker() -> None:
            while record := await supply.next():
                await results.put(await self._look_safely(record, force=force))

        error: Exception | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(worker())
        except ExceptionGroup as several:
            error = several.exceptions[0]
        await results.put(_End(error))

    async def _look_safely(self, record: TalentRecord, *, force: bool) -> Conclusion:
        """One talent's trouble, even a bug of ours, never stops the others; a store that is away does."""
        try:
            return await self._look(record, force=force)
        except TalentimgError:
            raise
        except Exception:
            log.exception("a bug stopped the sync of %r", record.talent.id)
            return self._concluder.after_a_bug(record)

    # -- one ---------------------------------------------------------------------------------

    async def _look(self, record: TalentRecord, *, force: bool) -> Conclusion:
        """Ask down the chain until the decision stands."""
        began = monotonic()
        looks: dict[str, Asked] = {}
        seen = record
        while source := next_question(seen, self._concluder.rules, self._now(), looks):
            looks[source] = await self._sources.ask(seen, source, force=force)
            seen = replace(seen, candidates={**seen.candidates, source: looks[source].candidate})
        return self._concluder.conclude(record, seen, tuple(looks.values()), seconds=monotonic() - began)


async def _next_batch(results: asyncio.Queue[Conclusion | _End]) -> tuple[list[Conclusion], _End | None]:
    """What is ready: at least one item and at most a batch, and the end once it is reached."""
    batch: list[Conclusion] = []
    item = await results.get()
    while isinstance(item, Conclusion):
        batch.append(item)
        if len(batch) == BATCH or results.empty():
            return batch, None
        item = results.get_nowait()
    return batch, item
