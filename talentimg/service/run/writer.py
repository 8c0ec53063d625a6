"""Keeps the results of looks, in batches, and tells the outcome of each only once it is durable.

In a roster run demotions are held back until everybody was looked at, so that the safety valve can
judge them all; and a new picture that comes for too many is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.models import OutcomeKind, RetractedOutcome
from talentimg.service.results import WriteResult
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Outcome
    from talentimg.records import Suspect
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.lookup.placeholders import DuplicateDetector
    from talentimg.service.results import LookResult, SyncResult
    from talentimg.service.run.queue import TalentQueue
    from talentimg.service.run.valve import Trip, Valve

HELD: Final = 1000
"""Demotions held back as they are; of more only the ids are remembered."""
PAGE: Final = 100


@dataclass
class Safeguards:
    """What a roster run does that a person's single question does not."""

    valve: Valve
    doubles: DuplicateDetector
    trip: Trip | None = None
    """Why the valve shut, once it has."""
    suspects: dict[tuple[str, str], Suspect] = field(default_factory=dict)
    """Pictures that came too often in this run, by source and source hash."""


class ResultWriter:
    """Writes what was concluded."""

    def __init__(
        self,
        repository: Repository,
        concluder: Resolver,
        now: Callable[[], datetime],
        supply: TalentQueue,
        precautions: Safeguards | None = None,
    ) -> None:
        """A keeper for one run or one list of talents.

        Args:
            repository: where to.
            concluder: decides.
            now: the clock.
            supply: where the talents come from; it is told what is settled.
            precautions: those of a roster run.
        """
        self._repository = repository
        self._concluder = concluder
        self._now = now
        self._supply = supply
        self._precautions = precautions
        self._held: list[LookResult] = []
        self._held_ids: list[str] = []
        self._is_judged = False

    async def keep(
        self, batch: Sequence[LookResult], told: Mapping[str, RetractedOutcome | None] | None = None
    ) -> WriteResult:
        """Write the results of a batch, but for demotions that are held back.

        Args:
            batch: the looks.
            told: of those who were looked at anew, what had been told of them.
        """
        concluded = [(self._conclude(looked), looked) for looked in batch]
        again: dict[str, RetractedOutcome | None] = {}
        if self._precautions is not None:
            again = await self._disbelieved(self._precautions, concluded)
            rest = [pair for pair in concluded if pair[0].change.talent_id not in again]
            kept_back = [self._after_the_valve(self._precautions, *pair) for pair in rest]
            conclusions = [conclusion for conclusion in kept_back if conclusion is not None]
        else:
            conclusions = [conclusion for conclusion, _ in concluded]
        outcomes, stale = await self._save(conclusions)
        before = told or {}
        return WriteResult(
            [replace(outcome, instead_of=before.get(outcome.talent_id)) for outcome in outcomes],
            {talent_id: before.get(talent_id) or again.get(talent_id) for talent_id in (*again, *stale)},
        )

    async def finish(self) -> AsyncIterator[WriteResult]:
        """Once everybody was looked at, write what was held back: as the valve judges it."""
        if self._precautions is None:
            return
        self._is_judged = True
        if self._held:
            self._precautions.trip = self._precautions.valve.trip()
        held, self._held = self._held, []
        doubted = await self._disbelieved(self._precautions, [(self._conclude(each), each) for each in held])
        believed = [each for each in held if each.before.talent.id not in doubted]
        for start in range(0, len(believed), PAGE):
            page = believed[start : start + PAGE]
            outcomes, stale = await self._save([self._conclude(each, judged=True) for each in page])
            yield WriteResult(outcomes, dict.fromkeys(stale))
        yield WriteResult([], doubted)
        for start in range(0, len(self._held_ids), PAGE):
            yield await self._finish_by_id(self._held_ids[start : start + PAGE])

    async def _finish_by_id(self, ids: Sequence[str]) -> WriteResult:
        """Those of whom only the ids are known: the valve's word, or another look."""
        if self._trip is None:
            return WriteResult([], dict.fromkeys(ids))
        records = await in_thread(self._repository.load_many, ids)
        outcomes, stale = await self._save(
            [self._concluder.conclude(r, r, held_back=self._trip.sentence) for r in records]
        )
        return WriteResult(outcomes, dict.fromkeys(stale))

    @property
    def _trip(self) -> Trip | None:
        return self._precautions.trip if self._precautions else None

    def _conclude(self, looked: LookResult, *, judged: bool = False) -> SyncResult:
        if looked.is_bug:
            return self._concluder.after_a_bug(looked.before)
        return self._concluder.conclude(
            looked.before,
            looked.seen,
            looked.looks,
            seconds=looked.seconds,
            held_back=self._trip.sentence if judged and self._trip else None,
        )

    # -- writing ------------------------------------------------------------------

    async def _save(self, conclusions: Sequence[SyncResult]) -> tuple[list[Outcome], list[str]]:
        """Write; return what was written, and the ids of those whom somebody else changed meanwhile.

        Begun, it is seen through, so they are settled from then on.
        """
        if not conclusions:
            return [], []
        ids = [conclusion.change.talent_id for conclusion in conclusions]
        self._supply.settled(ids)
        try:
            stale = await in_thread(self._repository.save, [c.change for c in conclusions], self._now())
        except Exception:
            self._supply.unsettled(ids)
            raise
        self._supply.unsettled(stale)
        self._supply.kept([talent_id for talent_id in ids if talent_id not in stale])
        return [c.outcome for c in conclusions if c.change.talent_id not in stale], stale

    # -- precautions --------------------------------------------------------------

    def _after_the_valve(
        self, precautions: Safeguards, conclusion: SyncResult, looked: LookResult
    ) -> SyncResult | None:
        """What may be written now: None while it is held back."""
        lost = conclusion.outcome.kind is OutcomeKind.DEMOTED
        shown = looked.before.selection
        if self._is_judged:
            return self._conclude(looked, judged=True) if lost else conclusion
        if shown.has_picture:
            precautions.valve.count(looked.before.talent.id, shown.source, lost=lost)
        if not lost:
            return conclusion
        if len(self._held) < HELD:
            self._held.append(looked)
        else:
            self._held_ids.append(looked.before.talent.id)
        return None

    async def _disbelieved(
        self, precautions: Safeguards, concluded: Sequence[tuple[SyncResult, LookResult]]
    ) -> dict[str, RetractedOutcome | None]:
        """Who has to be looked at anew because their new picture came too often."""
        results = [(conclusion, looked.looks) for conclusion, looked in concluded]
        doubted = await precautions.doubles.find(results)
        here = {conclusion.change.talent_id for conclusion, _ in concluded}
        again: dict[str, RetractedOutcome | None] = {}
        for talent_id, suspect in doubted.items():
            precautions.suspects[suspect.source, suspect.source_hash] = suspect
            again[talent_id] = (
                None if talent_id in here else RetractedOutcome(OutcomeKind.UPDATED, suspect.source)
            )
        return again
