"""Why a look came out as it did, from the source that caused it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import (
    NEEDS_THE_PERSON,
    OutcomeKind,
    Reason,
    State,
)
from talentimg.models.talent import FORGOTTEN
from talentimg.service.decision.chain import (
    POLICY_OUTCOMES,
    Ground,
)
from talentimg.service.decision.said import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.models import TalentRecord
    from talentimg.service.decision.chain import Decision
    from talentimg.service.results import SourceResult

WAITS_FOR_REVIEW: Final = "Another picture, from {}, waits for review."
_LESS_URGENT: Final = NEEDS_THE_PERSON | {Reason.UNSUPPORTED}


def cause_of(
    kind: OutcomeKind, decision: Decision, results: Sequence[SourceResult], after: TalentRecord
) -> tuple[Reason | None, str | None]:
    """The reason and sentence that explain an outcome, from the source that caused it."""
    if decision.ground is Ground.OPTED_OUT and after.policy.is_forgotten:
        return None, FORGOTTEN
    if decision.ground in POLICY_OUTCOMES:
        return None, sentence(after.policy, decision.ground)
    if kind in {OutcomeKind.UPDATED, OutcomeKind.UNCHANGED}:
        return None, None
    if decision.proposed is not None and kind is OutcomeKind.KEPT:
        return Reason.REVIEW, WAITS_FOR_REVIEW.format(decision.proposed.source)
    if decision.ground is Ground.HELD:
        candidate = after.candidates.get(decision.source)
        return (candidate.reason, candidate.detail) if candidate else (None, None)
    wanted = State.ABSENT if kind is OutcomeKind.DEMOTED else State.TROUBLE
    # Trouble that the agency can fix is reported before trouble that only the person can.
    attempts = [result.attempt for result in results]
    fitting = sorted((a for a in attempts if a.state is wanted), key=lambda a: a.reason in _LESS_URGENT)
    chosen = next(iter(fitting), attempts[0] if attempts else None)
    return (chosen.reason, chosen.detail) if chosen else (None, None)
