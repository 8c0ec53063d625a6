"""The decision: what is known of the sources in, which one is shown out. No I/O.

Everything here is a pure function of its arguments, so the rules can be read in one
sitting and tested by properties:

- A lock or an opt-out wins over all else.
- The chain is walked in order; the first source with a good picture wins.
- The shown source *could not be asked*: it stays. Only after the grace time may a lower
  source with a good picture take over; initials never do because of trouble.
- The shown source is *absent*: it stays until absence was seen twice, 20 hours apart.
  With no picture shown from it, absence moves on at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from talentimg.models import (
    INITIALS,
    MANUAL,
    NEEDS_THE_PERSON,
    USER,
    OutcomeKind,
    Reason,
    State,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.models import Candidate, Policy, Selection, Talent, TalentRecord

CONFIRMATIONS: Final = 2
"""Observations of absence after which a shown picture is given up ..."""
CONFIRMATION_SPAN: Final = timedelta(hours=20)
"""... if at least this long lies between the first and the last."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator sets about the decision.

    `order` holds every platform that can be asked, highest priority first. `grace` is
    how long a shown source may stay silent before a lower one may take over.
    """

    order: tuple[str, ...]
    grace: timedelta = timedelta(days=7)


class Verdict(StrEnum):
    """How one source fared in the walk down the chain."""

    WINS = "wins"
    """It offers a good picture."""
    HOLDS = "holds"
    """It offers none now, and what is shown from it stays."""
    WAITS = "waits"
    """Silent beyond the grace time: it stays unless a lower source has a good picture."""
    PASSES = "passes"
    """It offers nothing, and the walk goes on."""


class Ground(StrEnum):
    """Why the walk ended where it did."""

    LOCKED = "locked"
    OPTED_OUT = "opted_out"
    ANSWERED = "answered"
    """A source with a good picture, the highest that answered."""
    HELD = "held"
    """What is shown stays, as its source gave no certain answer."""
    REMEMBERED = "remembered"
    """Nobody answered; an older picture of ours is better than none."""
    NOTHING_LEFT = "nothing_left"


POLICY_OUTCOMES: Final = {Ground.LOCKED: OutcomeKind.LOCKED, Ground.OPTED_OUT: OutcomeKind.OPTED_OUT}
"""The grounds on which a person's word decides and nobody is asked, each with its outcome."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which source is shown from now on.

    `content_hash` is None for initials and for a picture of which we hold no copy.
    """

    source: str
    content_hash: str | None
    ground: Ground

    @property
    def keeps_selection(self) -> bool:
        """Whether what is shown stays as it is, untouched."""
        return self.ground in {Ground.LOCKED, Ground.HELD}


def chain_of(talent: Talent, policy: Policy, order: Sequence[str]) -> tuple[str, ...]:
    """The sources that this talent has, in order of priority; initials are the silent end.

    The talent's own order goes before the operator's. Platforms that nobody
    named come after, in the order in which they were connected.
    """
    connected = [account.platform for account in talent.accounts]
    present = {*connected, MANUAL, *((USER,) if talent.avatar_url else ())}
    wanted = (*(policy.order or ()), *order, *connected, MANUAL, USER)
    return tuple(source for source in dict.fromkeys(wanted) if source in present)


def resolve(record: TalentRecord, rules: Rules, now: datetime) -> Decision:
    """Walk the chain over what is known and say what is shown.

    Args:
        record: the talent with its policy, its candidates and what is shown now.
        rules: the operator's order and grace time.
        now: the time at which to judge ages.
    """
    shown = record.selection
    if record.policy.is_locked(now) or _is_chosen_by_hand(record):
        return Decision(shown.source, shown.content_hash, Ground.LOCKED)
    if record.policy.opted_out:
        return Decision(INITIALS, None, Ground.OPTED_OUT)
    waiting = False
    for source in chain_of(record.talent, record.policy, rules.order):
        candidate = record.candidates.get(source)
        verdict = judge(source, candidate, shown, rules.grace, now)
        if verdict is Verdict.WINS and candidate is not None:
            return Decision(source, candidate.content_hash, Ground.ANSWERED)
        if verdict is Verdict.HOLDS:
            return hold(shown)
        waiting = waiting or verdict is Verdict.WAITS
    return hold(shown) if waiting else _fallback(record, rules, now)


def judge(
    source: str, candidate: Candidate | None, shown: Selection, grace: timedelta, now: datetime
) -> Verdict:
    """What one source's latest answer means, given what is shown."""
    is_shown = shown.has_picture and shown.source == source
    if candidate is None:
        return Verdict.HOLDS if is_shown else Verdict.PASSES
    if candidate.state is State.FOUND:
        return Verdict.WINS if candidate.has_picture else Verdict.PASSES
    if not is_shown:
        return Verdict.PASSES
    if candidate.state is State.ABSENT:
        return Verdict.PASSES if is_confirmed_absent(candidate) else Verdict.HOLDS
    return Verdict.HOLDS if _in_grace(candidate, grace, now) else Verdict.WAITS


def is_confirmed_absent(candidate: Candidate) -> bool:
    """Whether absence was observed often enough, and over long enough, to be believed."""
    if candidate.state is not State.ABSENT or candidate.absent_since is None or candidate.checked_at is None:
        return False
    seen_for = candidate.checked_at - candidate.absent_since
    return candidate.absent_count >= CONFIRMATIONS and seen_for >= CONFIRMATION_SPAN


def next_source(record: TalentRecord, rules: Rules, now: datetime, asked: Collection[str]) -> str | None:
    """The source that has to be asked before the decision stands; None when it does.

    Sources below one that settles the matter are never asked.
    """
    if record.policy.is_locked(now) or record.policy.opted_out or _is_chosen_by_hand(record):
        return None
    for source in chain_of(record.talent, record.policy, rules.order):
        if source == MANUAL:
            if (
                judge(source, record.candidates.get(source), record.selection, rules.grace, now)
                is Verdict.WINS
            ):
                return None
            continue
        if source not in asked:
            return source
        verdict = judge(source, record.candidates.get(source), record.selection, rules.grace, now)
        if verdict in {Verdict.WINS, Verdict.HOLDS}:
            return None
    return None


def outcome_kind(before: TalentRecord, after: TalentRecord, decision: Decision, rules: Rules) -> OutcomeKind:
    """The one word for what happened between two states of a talent.

    Args:
        before: the record as it was loaded.
        after: the record with what the sync has observed; its selection is not looked at.
        decision: what `resolve` made of it.
        rules: for the order, which tells up from down.
    """
    shown = before.selection
    if decision.ground in POLICY_OUTCOMES:
        return POLICY_OUTCOMES[decision.ground]
    if decision.ground is Ground.HELD:
        candidate = after.candidates.get(shown.source)
        needs_person = candidate is not None and candidate.reason in NEEDS_THE_PERSON
        return OutcomeKind.RECONNECT if needs_person else OutcomeKind.KEPT
    if decision.source == INITIALS:
        return OutcomeKind.DEMOTED if shown.has_picture else _kind_without_picture(after)
    if shown.has_picture and _is_below(decision.source, shown.source, before, rules):
        return OutcomeKind.DEMOTED
    if (decision.source, decision.content_hash) != (shown.source, shown.content_hash):
        return OutcomeKind.UPDATED
    return OutcomeKind.UNCHANGED


# -- parts of the walk ---------------------------------------------------------------


def _is_chosen_by_hand(record: TalentRecord) -> bool:
    """Whether an older program shows a manual picture: a person's choice, of which we hold no candidate."""
    return (
        record.selection.source == MANUAL and record.selection.has_picture and MANUAL not in record.candidates
    )


def hold(shown: Selection) -> Decision:
    """What is shown stays as it is."""
    return Decision(shown.source, shown.content_hash, Ground.HELD)


def _in_grace(candidate: Candidate, grace: timedelta, now: datetime) -> bool:
    return candidate.trouble_since is None or now - candidate.trouble_since <= grace


def _fallback(record: TalentRecord, rules: Rules, now: datetime) -> Decision:
    """The walk found no answer: an older picture of ours, else initials.

    While a lower source is in young trouble, what is shown stays even though its own source is
    certainly gone: initials never come because somebody could not be asked.
    """
    silent = [
        candidate
        for source in chain_of(record.talent, record.policy, rules.order)
        if (candidate := record.candidates.get(source)) is not None and candidate.state is State.TROUBLE
    ]
    for candidate in silent:
        if candidate.has_picture:
            return Decision(candidate.source, candidate.content_hash, Ground.REMEMBERED)
    if _may_outlive_source(record) and any(_in_grace(candidate, rules.grace, now) for candidate in silent):
        return hold(record.selection)
    return Decision(INITIALS, None, Ground.NOTHING_LEFT)


def _may_outlive_source(record: TalentRecord) -> bool:
    """Whether what is shown may outlive its source.

    Not when its account was disconnected: that is a person's word. But a picture that an older program
    chose, from a source that we cannot ask, is held as long as somebody else could not be asked.
    """
    shown = record.selection
    return shown.has_picture and (shown.source in record.candidates or shown.content_hash is None)


def _kind_without_picture(after: TalentRecord) -> OutcomeKind:
    """No picture before, none now: were all asked, or could some not be?"""
    troubles = {
        candidate.reason
        for candidate in after.candidates.values()
        if candidate.state is State.TROUBLE and candidate.reason is not Reason.UNSUPPORTED
    }
    if not troubles:
        return OutcomeKind.UNCHANGED
    return OutcomeKind.RECONNECT if troubles <= NEEDS_THE_PERSON else OutcomeKind.FAILED


def _is_below(source: str, than: str, record: TalentRecord, rules: Rules) -> bool:
    """Whether one source stands lower than another, also when that one was just disconnected."""
    ranks = list(dict.fromkeys((*(record.policy.order or ()), *rules.order, MANUAL, USER, INITIALS)))
    known = source in ranks and than in ranks
    return ranks.index(source) > ranks.index(than) if known else source == INITIALS
