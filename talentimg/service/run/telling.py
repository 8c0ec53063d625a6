"""Of whom a run has something to tell: trouble, or a new picture. Written with its progress."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from talentimg.errors import TalentimgError
from talentimg.models import ABSENCES, OutcomeKind, Reason, RunTalent
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from talentimg.models import Outcome
    from talentimg.service.run.records import RunRecords

log = logging.getLogger("talentimg.run")

MOST: Final = 200
"""So many with trouble and so many with a new picture are told by name; any more are only counted."""
_LONGEST: Final = 500
"""Characters of a sentence."""
_NO_TROUBLE: Final = ABSENCES | {Reason.REVIEW}


class Telling:
    """Remembers them, and writes down each once. A store that does not answer is told the next time."""

    def __init__(self, records: RunRecords) -> None:
        self._records = records
        self._told: dict[str, RunTalent] = {}
        self._pending: dict[str, RunTalent | None] = {}
        self.troubled = 0
        """How many had trouble, told or not."""
        self.new_pictures = 0

    def add(self, outcome: Outcome) -> None:
        """One more outcome, in place of the one that it retracts if there is one."""
        before = self._told.pop(outcome.talent_id, None)
        self._count(before, -1)
        if before is None and outcome.instead_of and outcome.instead_of.kind is OutcomeKind.UPDATED:
            self.new_pictures = max(0, self.new_pictures - 1)
        one = _of(outcome, before)
        is_full = self._is_full(one)
        self._count(one, 1)
        if _is_told(one) and not is_full:
            self._told[one.talent_id] = self._pending[one.talent_id] = one
        elif before is not None:
            self._pending[one.talent_id] = None

    def _count(self, one: RunTalent | None, change: int) -> None:
        if one is not None and _is_told(one):
            self.troubled += change * one.is_trouble
            self.new_pictures += change * one.has_new_picture

    def _is_full(self, one: RunTalent) -> bool:
        return (self.troubled if one.is_trouble else self.new_pictures) >= MOST

    async def write(self, run_id: str) -> None:
        """Write down what is new, beside the run."""
        await in_thread(self.write_now, run_id)

    def write_now(self, run_id: str) -> None:
        """Write down what is new. It never fails: a run is more important than what it tells."""
        pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            self._records.tell(
                run_id,
                [one for one in pending.values() if one is not None],
                [talent_id for talent_id, one in pending.items() if one is None],
            )
        except TalentimgError as error:
            log.debug("Of whom a run has something to tell could not be written: %s", error.message)
            self._pending = pending | self._pending
        except Exception:
            log.exception("An internal error kept what a run tells of talents from being written.")


def _of(outcome: Outcome, before: RunTalent | None) -> RunTalent:
    """What is to be told; what was shown is what was shown before the whole run."""
    with_it = (one.source for one in outcome.attempts if outcome.reason and one.reason is outcome.reason)
    changed = outcome.kind in {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}
    return RunTalent(
        outcome.talent_id,
        outcome.kind,
        outcome.source if changed else next(with_it, outcome.source),
        before.previous_source if before else outcome.previous_source,
        outcome.reason,
        outcome.detail and outcome.detail[:_LONGEST],
        outcome.content_hash,
        before.previous_hash if before else outcome.previous_hash,
    )


def _is_told(one: RunTalent) -> bool:
    """An absence that is not confirmed yet is no trouble, and what waits for review is counted elsewhere."""
    if one.kind is OutcomeKind.KEPT:
        return one.reason not in _NO_TROUBLE
    return one.is_trouble or one.has_new_picture
