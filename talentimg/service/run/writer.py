"""Writes the results of looks in batches, and reports each outcome only once it is durable.

Demotions are held back until all talents have been looked at, so that the safety valve can
judge them together. In a roster run, a new picture that too many talents got is treated as a placeholder.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import ChangesRefused
from talentimg.models import OutcomeKind, RetractedOutcome
from talentimg.service.decision.chain import shows_another
from talentimg.service.results import WriteResult, not_stored
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from talentimg.errors import LossLimitExceeded
    from talentimg.models import Outcome
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.results import LookResult, SourceResult, SyncResult
    from talentimg.service.run.queue import TalentQueue
    from talentimg.service.run.safeguards import Safeguards

MAX_HELD_BACK: Final = 1000
"""How many demotions are held back with their results; beyond that, only the ids are kept."""
PAGE: Final = 100


class ResultWriter:
    """Turns looks into results and writes them."""

    def __init__(
        self,
        repository: Repository,
        resolver: Resolver,
        now: Callable[[], datetime],
        queue: TalentQueue,
        safeguards: Safeguards,
    ) -> None:
        """A writer for one run or one list of talents.

        Args:
            repository: where results are written.
            resolver: decides what is shown.
            now: the clock.
            queue: where the talents come from; it learns which ones are done.
            safeguards: what keeps too many pictures from being lost.
        """
        self._repository = repository
        self._resolver = resolver
        self._now = now
        self._queue = queue
        self._safeguards = safeguards
        self._held_back: list[LookResult] = []
        self._held_back_ids: list[str] = []
        self._is_judged = False

    async def write(
        self, batch: Sequence[LookResult], retracted: Mapping[str, RetractedOutcome | None] | None = None
    ) -> WriteResult:
        """Write the results of a batch, except for demotions that are held back.

        Args:
            batch: the looks whose results to write.
            retracted: for talents looked at again, the outcome reported before.
        """
        earlier = retracted or {}
        resolved = [(self._resolve(look), look) for look in batch]
        duplicates = await self._suspected_duplicates(self._safeguards, resolved)
        rest = [pair for pair in resolved if pair[0].change.talent_id not in duplicates]
        reported = {talent_id for talent_id, outcome in earlier.items() if outcome is not None}
        allowed = [self._unless_held_back(*pair, reported) for pair in rest]
        results = [result for result in allowed if result is not None]
        outcomes, stale = await self._save(results)
        saved = {o.talent_id for o in outcomes}
        self._count_shown([look for _, look in rest], saved - reported)
        duplicates |= await self._duplicates_by_now([look for _, look in rest if _id(look) in saved])
        return WriteResult(
            [replace(outcome, instead_of=earlier.get(outcome.talent_id)) for outcome in outcomes],
            {i: earlier.get(i) or duplicates.get(i) for i in (*duplicates, *stale)},
        )

    async def finish(self) -> AsyncIterator[WriteResult]:
        """Once all talents have been looked at, write what was held back, as the valve decides."""
        self._is_judged = True
        if self._held_back:
            await self._safeguards.valve.until_all_have_looked()
            self._safeguards.exceeded = await in_thread(self._safeguards.valve.exceeded)
        held_back, self._held_back = self._held_back, []
        suspected = await self._suspected_duplicates(
            self._safeguards, [(self._resolve(look), look) for look in held_back]
        )
        accepted = [look for look in held_back if look.before.talent.id not in suspected]
        for start in range(0, len(accepted), PAGE):
            page = accepted[start : start + PAGE]
            outcomes, stale = await self._save([self._resolve(look, judged=True) for look in page])
            yield WriteResult(outcomes, dict.fromkeys(stale))
        yield WriteResult([], suspected)
        for start in range(0, len(self._held_back_ids), PAGE):
            yield await self._finish_by_id(self._held_back_ids[start : start + PAGE])

    async def _finish_by_id(self, ids: Sequence[str]) -> WriteResult:
        """Keep what is shown if the valve has shut; otherwise have these talents looked at again."""
        if self._exceeded is None:
            return WriteResult([], dict.fromkeys(ids))
        records = await in_thread(self._repository.load_many, ids)
        outcomes, stale = await self._save(
            [self._resolver.result_of(r, r, hold_reason=self._exceeded.sentence) for r in records]
        )
        return WriteResult(outcomes, dict.fromkeys(stale))

    @property
    def _exceeded(self) -> LossLimitExceeded | None:
        return self._safeguards.exceeded

    def _resolve(self, look: LookResult, *, judged: bool = False) -> SyncResult:
        if look.is_internal_error:
            return self._resolver.after_internal_error(look.before)
        return self._resolver.result_of(
            look.before,
            look.after,
            look.results,
            seconds=look.seconds,
            hold_reason=self._exceeded.sentence if judged and self._exceeded else None,
        )

    # -- writing ------------------------------------------------------------------

    async def _save(self, results: Sequence[SyncResult]) -> tuple[list[Outcome], list[str]]:
        """Write results; return the outcomes, and the ids of talents that somebody else changed meanwhile.

        A write that has started is always finished, so the talents count as done from the start of it.
        """
        if not results:
            return [], []
        ids = [result.change.talent_id for result in results]
        self._queue.done(ids)
        refused: Mapping[str, str] = {}
        try:
            stale = await in_thread(self._repository.save, [result.change for result in results], self._now())
        except ChangesRefused as error:
            stale, refused = error.out_of_date, error.reasons
        except Exception:
            self._queue.undo(ids)
            raise
        self._queue.undo([*stale, *refused])
        self._queue.saved([talent_id for talent_id in ids if talent_id not in {*stale, *refused}])
        kept = [result.outcome for result in results if result.change.talent_id not in stale]
        return [not_stored(o, refused[o.talent_id]) if o.talent_id in refused else o for o in kept], stale

    # -- safeguards --------------------------------------------------------------

    def _count_shown(self, looks: Sequence[LookResult], new: Collection[str]) -> None:
        """Tell the valve who of these talents showed a picture. They have been saved, and not counted yet."""
        if self._is_judged:
            return
        for look in looks:
            shown = look.before.selection
            if shown.has_picture and look.before.talent.id in new:
                self._safeguards.valve.count(look.before.talent.id, shown.source, lost=False)

    def _unless_held_back(
        self, result: SyncResult, look: LookResult, reported: Collection[str]
    ) -> SyncResult | None:
        """The result to write now; None if it is held back."""
        lost = result.outcome.kind is OutcomeKind.DEMOTED
        if lost and not self._safeguards.withdrawn_is_lost and shows_another(look.before):
            return result
        if self._is_judged:
            return self._resolve(look, judged=True) if lost else result
        if not lost:
            return result
        talent_id, source = look.before.talent.id, look.before.selection.source
        self._safeguards.valve.count(talent_id, source, lost=True, again=talent_id in reported)
        if len(self._held_back) < MAX_HELD_BACK:
            self._held_back.append(look)
        else:
            self._held_back_ids.append(look.before.talent.id)
        return None

    async def _suspected_duplicates(
        self, safeguards: Safeguards, resolved: Sequence[tuple[SyncResult, LookResult]]
    ) -> dict[str, RetractedOutcome | None]:
        """The talents to look at again because too many got their new picture."""
        if safeguards.duplicates is None:
            return {}
        suspected = await safeguards.duplicates.find([r for _, look in resolved for r in look.results])
        safeguards.suspects |= {(s.source, s.source_hash): s for s in suspected.values()}
        in_batch = {result.change.talent_id for result, _ in resolved} & suspected.keys()
        others = {i: suspect.source for i, suspect in suspected.items() if i not in in_batch}
        if not others:
            return dict.fromkeys(in_batch)
        return dict.fromkeys(in_batch) | await in_thread(self._reported, others, safeguards.duplicates.since)

    async def _duplicates_by_now(self, looks: Sequence[LookResult]) -> dict[str, RetractedOutcome | None]:
        """The same once they are written, as others write at the same time."""
        safeguards = self._safeguards
        new = [result for look in looks for result in look.results if _is_new(look, result)]
        if safeguards.duplicates is None or not new:
            return {}
        suspected = await safeguards.duplicates.find(new, written=True)
        safeguards.suspects |= {(s.source, s.source_hash): s for s in suspected.values()}
        sources = {i: suspect.source for i, suspect in suspected.items()}
        return await in_thread(self._reported, sources, safeguards.duplicates.since) if sources else {}

    def _reported(self, sources: Mapping[str, str], since: datetime) -> dict[str, RetractedOutcome | None]:
        """What this run has reported of those who show a picture from these sources."""
        reported: dict[str, RetractedOutcome | None] = {}
        for record in self._repository.load_many(list(sources)):
            talent_id, source = record.talent.id, sources[record.talent.id]
            last = next(iter(self._repository.history(talent_id, limit=1)), None)
            if last is not None and last.at >= since and last.to_source == source:
                reported[talent_id] = RetractedOutcome(OutcomeKind.UPDATED, source)
            elif record.selection.source == source:
                reported[talent_id] = RetractedOutcome(OutcomeKind.UNCHANGED, source)
        return reported


def _id(look: LookResult) -> str:
    return look.before.talent.id


def _is_new(look: LookResult, result: SourceResult) -> bool:
    """Whether the source offers another picture than it did before."""
    before = look.before.candidates.get(result.candidate.source)
    return result.candidate.content_hash is not None and (
        before is None or before.content_hash != result.candidate.content_hash
    )
