"""What a sync is called that led from one state of a talent to another. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import INITIALS, MANUAL, NEEDS_THE_PERSON, USER, OutcomeKind, Reason
from talentimg.service.decision.chain import POLICY_OUTCOMES, Ground, silent_in

if TYPE_CHECKING:
    from talentimg.models import Selection, TalentRecord
    from talentimg.service.decision.chain import Decision, Rules


def outcome_kind(before: TalentRecord, after: TalentRecord, decision: Decision, rules: Rules) -> OutcomeKind:
    """The outcome for the change between two states of a talent.

    Args:
        before: the record as it was loaded.
        after: the record with the candidates of this sync; its selection is not read.
        decision: the result of `resolve`.
        rules: for the order of the sources.
    """
    shown = before.selection
    if decision.ground in POLICY_OUTCOMES:
        return POLICY_OUTCOMES[decision.ground]
    is_proposed = decision.proposed is not None and decision.ground is not Ground.ANSWERED
    if is_proposed or decision.ground in {Ground.HELD, Ground.REJECTED}:
        return _kind_of_hold(shown, after, decision)
    if decision.source == INITIALS:
        return OutcomeKind.DEMOTED if shown.has_picture else _kind_without_picture(after, rules)
    if shown.has_picture and _is_below(decision.source, shown.source, before, rules):
        return OutcomeKind.DEMOTED
    if (decision.source, decision.content_hash) != (shown.source, shown.content_hash):
        return OutcomeKind.UPDATED
    return OutcomeKind.UNCHANGED


def _kind_without_picture(after: TalentRecord, rules: Rules) -> OutcomeKind:
    """The outcome when there is no picture, before or now: could every source of the chain be asked?"""
    troubles = {c.reason for c in silent_in(after, rules) if c.reason is not Reason.UNSUPPORTED}
    if not troubles:
        return OutcomeKind.UNCHANGED
    return OutcomeKind.RECONNECT if troubles <= NEEDS_THE_PERSON else OutcomeKind.FAILED


def _kind_of_hold(shown: Selection, after: TalentRecord, decision: Decision) -> OutcomeKind:
    """The outcome when what is shown stays, or what the roster no longer asks for goes."""
    if decision.ground is Ground.HELD:
        candidate = after.candidates.get(shown.source)
        needs_person = candidate is not None and candidate.reason in NEEDS_THE_PERSON
        return OutcomeKind.RECONNECT if needs_person else OutcomeKind.KEPT
    if decision.ground is Ground.REJECTED:
        return OutcomeKind.UNCHANGED
    return OutcomeKind.DEMOTED if decision.source != shown.source else OutcomeKind.KEPT


def _is_below(source: str, than: str, record: TalentRecord, rules: Rules) -> bool:
    """Whether one source ranks below another, even if that one was just disconnected."""
    ranks = list(dict.fromkeys((*record.policy.own_order, *rules.order, MANUAL, USER, INITIALS)))
    known = source in ranks and than in ranks
    return ranks.index(source) > ranks.index(than) if known else source == INITIALS
