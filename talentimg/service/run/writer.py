"""Keeps the results of looks, in batches, and tells the outcome of each only once it is durable.

In a roster run demotions are held back until everybody was looked at, so that the safety valve can
judge them all; and a new picture that comes for too many is not believed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.models import OutcomeKind, RetractedOutcome
from talentimg.service.results import WriteResult
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.errors import LossLimitExceeded
    from talentimg.models import Outcome
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.results import LookResult, SyncResult
    from talentimg.service.run.queue import TalentQueue
    from talentimg.service.run.safeguards import Safeguards

MAX_HELD_BACK: Final = 1000
"""Demotions held back as they are; of more only the ids are remembered."""
PAGE: Final = 100


class ResultWriter:
    """Writes what was concluded."""

    def __init__(
        self,
        repository: Repository,
        resolver: Resolver,
        now: Callable[[], datetime],
        queue: TalentQueue,
        safeguards: Safeguards | None = None,
    ) -> None:
        """A keeper for one run or one list of talents.

        Args:
            repository: where to.
            resolver: decides.
            now: the clock.
            queue: where the talents come from; it is told what is settled.
            safeguards: those of a roster run.
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
        """Write the results of a batch, but for demotions that are held back.

        Args:
            batch: the looks.
            retracted: for those who are looked at again, the outcome that was reported before.
        """
        resolved = [(self._resolve(look), look) for look in batch]
        duplicates: dict[str, RetractedOutcome | None] = {}
        if self._safeguards is None:
            results = [result for result, _ in resolved]
        else:
            duplicates = await self._suspected_duplicates(self._safeguards, resolved)
            rest = [pair for pair in resolved if pair[0].change.talent_id not in duplicates]
            allowed = [self._unless_held_back(self._safeguards, *pair) for pair in rest]
            results = [result for result in allowed if result is not None]
        outcomes, stale = await self._save(results)
        earlier = retracted or {}
        return WriteResult(
            [replace(outcome, instead_of=earlier.get(outcome.talent_id)) for outcome in outcomes],
            {i: earlier.get(i) or duplicates.get(i) for i in (*duplicates, *stale)},
        )

    async def finish(self) -> AsyncIterator[WriteResult]:
        """Once everybody was looked at, write what was held back: as the valve judges it."""
        if self._safeguards is None:
            return
        self._is_judged = True
        if self._held_back:
            self._safeguards.exceeded = self._safeguards.valve.exceeded()
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
        """Those of whom only the ids are known: the valve's word, or another look."""
        if self._exceeded is None:
            return WriteResult([], dict.fromkeys(ids))
        records = await in_thread(self._repository.load_many, ids)
        outcomes, stale = await self._save(
            [self._resolver.result_of(r, r, hold_reason=self._exceeded.sentence) for r in records]
        )
        return WriteResult(outcomes, dict.fromkeys(stale))

    @property
    def _exceeded(self) -> LossLimitExceeded | None:
        return self._safeguards.exceeded if self._safeguards else None

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
        """Write; return what was written, and the ids of those whom somebody else changed meanwhile.

        Begun, it is seen through, so they are settled from then on.
        """
        if not results:
            return [], []
        ids = [result.change.talent_id for result in results]
        self._queue.done(ids)
        try:
            stale = await in_thread(self._repository.save, [result.change for result in results], self._now())
        except Exception:
            self._queue.undo(ids)
            raise
        self._queue.undo(stale)
        self._queue.saved([talent_id for talent_id in ids if talent_id not in stale])
        return [r.outcome for r in results if r.change.talent_id not in stale], stale

    # -- precautions --------------------------------------------------------------

    def _unless_held_back(
        self, safeguards: Safeguards, result: SyncResult, look: LookResult
    ) -> SyncResult | None:
        """What may be written now: None while it is held back."""
        lost = result.outcome.kind is OutcomeKind.DEMOTED
        shown = look.before.selection
        if self._is_judged:
            return self._resolve(look, judged=True) if lost else result
        if shown.has_picture:
            safeguards.valve.count(look.before.talent.id, shown.source, lost=lost)
        if not lost:
            return result
        if len(self._held_back) < MAX_HELD_BACK:
            self._held_back.append(look)
        else:
            self._held_back_ids.append(look.before.talent.id)
        return None

    async def _suspected_duplicates(
        self, safeguards: Safeguards, resolved: Sequence[tuple[SyncResult, LookResult]]
    ) -> dict[str, RetractedOutcome | None]:
        """Who has to be looked at anew because their new picture came too often."""
        results = [(result, look.results) for result, look in resolved]
        suspected = await safeguards.duplicates.find(results)
        here = {result.change.talent_id for result, _ in resolved}
        to_repeat: dict[str, RetractedOutcome | None] = {}
        for talent_id, suspect in suspected.items():
            safeguards.suspects[suspect.source, suspect.source_hash] = suspect
            to_repeat[talent_id] = (
                None if talent_id in here else RetractedOutcome(OutcomeKind.UPDATED, suspect.source)
            )
        return to_repeat
