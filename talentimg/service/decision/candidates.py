"""Which candidates a sync writes. Pure functions, no I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models import State
from talentimg.service.decision.chain import is_confirmed_absent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.models import Candidate, Selection, TalentRecord
    from talentimg.service.results import SourceResult


def observed(
    before: TalentRecord, results: Sequence[SourceResult], selection: Selection
) -> tuple[Candidate, ...]:
    """The candidates that a sync writes: of the sources asked, and of those not due early any more."""
    asked = {result.candidate.source for result in results}
    candidates = (_without_lost_picture(result.candidate, selection) for result in results)
    # Of sources that were not needed this time, an early look is cancelled.
    return (*candidates, *(c for c in without_early_looks(before) if c.source not in asked))


def without_early_looks(record: TalentRecord) -> tuple[Candidate, ...]:
    """The candidates for which an early look is planned, without it."""
    planned = (c for c in record.candidates.values() if c.next_due_at is not None)
    return tuple(replace(candidate, next_due_at=None) for candidate in planned)


def due_now(after: TalentRecord, now: datetime) -> tuple[Candidate, ...]:
    """The candidates of a talent whose demotion is held back: due again as soon as a person has decided."""
    shown = after.selection.source
    return tuple(
        replace(candidate, next_due_at=now if source == shown else None)
        for source, candidate in after.candidates.items()
    )


def _without_lost_picture(candidate: Candidate, selection: Selection) -> Candidate:
    """The candidate without its picture, if that is certainly gone and no longer shown."""
    gone = candidate.state is State.ABSENT and candidate.source != selection.source
    certain = gone and (is_confirmed_absent(candidate) or not candidate.has_picture)
    return candidate.without_picture() if certain else candidate
