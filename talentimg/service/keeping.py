"""Keeps the results of looks, in batches, and tells the outcome of each only once it is durable.

In a roster run demotions are held back until everybody was looked at, so that the safety valve can
judge them all; and a new picture that comes for too many is taken back.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import StoreBusy, TalentimgError, TalentNotFound
from talentimg.models import OutcomeKind, Told
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from talentimg.models import Outcome
    from talentimg.records import Suspect
    from talentimg.repository.interface import Repository
    from talentimg.service.conclude import Concluder, Conclusion
    from talentimg.service.distrust import Doubles
    from talentimg.service.look import Looked
    from talentimg.service.supply import Supply
    from talentimg.service.valve import Trip, Valve

log = logging.getLogger("talentimg.sync")

ROUNDS: Final = 5
"""Times that a change is tried again because somebody else changed the talent."""
HELD: Final = 1000
"""Demotions held back as they are; of more only the ids are remembered, and the talents looked at anew."""


@dataclass
class Precautions:
    """What a roster run does that a person's single question does not."""

    valve: Valve
    doubles: Doubles
    trip: Trip | None = None
    """Why the valve shut, once it has."""
    suspects: list[Suspect] = field(default_factory=list)
    """Pictures that came too often in this run."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of a batch: outcomes that are durable now, and who has to be looked at anew.

    The value of `again` is the outcome that was already told in this run, if one was.
    """

    outcomes: list[Outcome]
    again: dict[str, Told | None]


class Keeper:
    """Writes what was concluded."""

    def __init__(
        self,
        repository: Repository,
        concluder: Concluder,
        now: Callable[[], datetime],
        supply: Supply,
        precautions: Precautions | None = None,
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
        self._held: list[Looked] = []
        self._held_ids: list[str] = []

    async def keep(self, batch: Sequence[Looked]) -> Kept:
        """Write the results of a batch, but for demotions that are held back."""
        concluded = [(self._conclude(looked), looked) for looked in batch]
        again: dict[str, Told | None] = {}
        if self._precautions is not None:
            again = await self._take_back(concluded)
            concluded = [pair for pair in concluded if pair[0].change.talent_id not in again]
            concluded = [pair for pair in concluded if not self._holds_back(self._precautions.valve, *pair)]
        outcomes, stale = await self._save([conclusion for conclusion, _ in concluded])
        return Kept(outcomes, again | dict.fromkeys(stale))

    async def finish(self) -> Kept:
        """Once everybody was looked at, write what was held back: as the valve judges it."""
        if self._precautions is None or not self._held:
            return Kept([], {})
        self._precautions.trip = trip = self._precautions.valve.trip()
        held, self._held = self._held, []
        outcomes, stale = await self._save(
            [self._conclude(looked, held_back=trip.sentence if trip else None) for looked in held]
        )
        later = [] if trip else self._held_ids
        return Kept(outcomes, dict.fromkeys((*stale, *later)))

    def _conclude(self, looked: Looked, *, held_back: str | None = None) -> Conclusion:
        if looked.is_bug:
            return self._concluder.after_a_bug(looked.before)
        return self._concluder.conclude(
            looked.before, looked.seen, looked.looks, seconds=looked.seconds, held_back=held_back
        )

    # -- writing ------------------------------------------------------------------

    async def _save(self, conclusions: Sequence[Conclusion]) -> tuple[list[Outcome], list[str]]:
        """Write; return what was written, and the ids of those whom somebody else changed meanwhile.

        Begun, it is seen through, so they are settled from then on.
        """
        if not conclusions:
            return [], []
        ids = [conclusion.change.talent_id for conclusion in conclusions]
        self._supply.settled(ids)
        try:
            stale = await in_thread(self._repository.save, [c.change for c in conclusions], self._now())
        except TalentimgError:
            self._supply.unsettled(ids)
            raise
        self._supply.unsettled(stale)
        self._supply.kept([talent_id for talent_id in ids if talent_id not in stale])
        return [c.outcome for c in conclusions if c.change.talent_id not in stale], stale

    # -- precautions --------------------------------------------------------------

    def _holds_back(self, valve: Valve, conclusion: Conclusion, looked: Looked) -> bool:
        lost = conclusion.outcome.kind is OutcomeKind.DEMOTED
        shown = looked.before.selection
        if shown.has_picture:
            valve.count(shown.source, lost=lost)
        if not lost:
            return False
        if len(self._held) < HELD:
            self._held.append(looked)
        else:
            self._held_ids.append(looked.before.talent.id)
        return True

    async def _take_back(self, concluded: Sequence[tuple[Conclusion, Looked]]) -> dict[str, Told | None]:
        """Who has to be looked at anew because their new picture came too often."""
        assert self._precautions is not None
        results = [(conclusion, looked.looks) for conclusion, looked in concluded]
        doubted = await self._precautions.doubles.find(results)
        told = {conclusion.change.talent_id for conclusion, _ in concluded}
        again: dict[str, Told | None] = {}
        for talent_id, suspect in doubted.items():
            if suspect not in self._precautions.suspects:
                self._precautions.suspects.append(suspect)
            if talent_id in told:
                again[talent_id] = None
            elif await self._disown(talent_id, suspect):
                again[talent_id] = Told(OutcomeKind.UPDATED, suspect.source)
        return again

    async def _disown(self, talent_id: str, suspect: Suspect) -> bool:
        """Show again what was shown before this picture; whether it was shown at all."""
        for _ in range(ROUNDS):
            try:
                record = await in_thread(self._repository.load, talent_id)
            except TalentNotFound:
                return False
            history = await in_thread(self._repository.history, talent_id, limit=1)
            conclusion = self._concluder.disown(record, suspect, history)
            if conclusion is None:
                return False
            if not await in_thread(self._repository.save, [conclusion.change], self._now()):
                return True
        raise StoreBusy(f"The talent {talent_id!r} is being changed all the time.", hint="Try again later.")


async def look_anew(
    again: dict[str, Told | None], sync: Callable[[str], Awaitable[Outcome]], supply: Supply
) -> list[Outcome]:
    """The outcomes of those who have to be looked at anew; one talent never stops the others."""
    outcomes: list[Outcome] = []
    for talent_id, told in again.items():
        try:
            outcome = await sync(talent_id)
            outcomes.append(replace(outcome, instead_of=told))
        except TalentNotFound:
            pass  # taken off the roster just now
        except StoreBusy as error:  # this one stays due
            log.warning("%s", error.message)
        supply.settled([talent_id])
        supply.kept([talent_id])
    return outcomes
