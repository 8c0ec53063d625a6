"""The decision: given what is known of each source, which one is shown. No I/O.

Everything here is a pure function of its arguments, so the rules can be read in one
sitting and tested with properties:

- A lock, an opt-out or a choice, in this order, overrides everything else.
- The chain is walked in order; the first source with a good picture wins.
- The shown source *could not be asked*: it stays. Only after the grace time may a lower
  source with a good picture take over; trouble never leads to initials.
- The shown source is *absent*: it stays until absence has been seen twice, 20 hours apart.
  If no picture from it is shown, the walk moves on at once.
- In review mode the winner is *proposed* where it would surprise, and what is shown stays; where nothing can
  stay, the next source's picture is shown. A picture that a person has rejected is none (see `review`).
- What is shown answers a question that the roster *no longer asks* (another handle or avatar, an account
  that is no longer connected): that is a person's word, and it counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from talentimg.models import (
    INITIALS,
    MANUAL,
    USER,
    OutcomeKind,
    Selection,
    State,
)
from talentimg.models.question import question_of
from talentimg.models.review import ReviewMode
from talentimg.service.decision.review import is_rejected, must_wait

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.models import Candidate, Policy, Talent, TalentRecord

CONFIRMATIONS: Final = 2
"""Number of absences after which a shown picture is given up ..."""
CONFIRMATION_SPAN: Final = timedelta(hours=20)
"""... provided that the first and the last are at least this far apart."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's settings for the decision.

    `order` holds every platform that can be asked, highest priority first. `grace` is
    how long a shown source may stay silent before a lower one may take over. `review` says
    which changes wait for a person.
    """

    order: tuple[str, ...]
    grace: timedelta = timedelta(days=7)
    review: ReviewMode = ReviewMode.OFF


class Verdict(StrEnum):
    """How one source fared in the walk down the chain."""

    WINS = "wins"
    """It offers a good picture."""
    HOLDS = "holds"
    """It offers none now, but the picture shown from it stays."""
    WAITS = "waits"
    """In trouble beyond the grace time: its picture stays unless a lower source has a good one.

    In an explanation also: its picture waits for a person."""
    PASSES = "passes"
    """It offers nothing, and the walk continues."""


class Ground(StrEnum):
    """Why the walk ended where it did."""

    LOCKED = "locked"
    CHOSEN = "chosen"
    """A person chose a picture."""
    OPTED_OUT = "opted_out"
    ANSWERED = "answered"
    """The highest source with a good picture."""
    HELD = "held"
    """What is shown stays, because its source gave no definite answer."""
    PROPOSED = "proposed"
    """What is shown stays, because a person is asked about what would come instead."""
    REJECTED = "rejected"
    """What is shown stays, because a person has rejected what its source offers now."""
    REMEMBERED = "remembered"
    """No source answered; an older picture of ours is better than none."""
    NOTHING_LEFT = "nothing_left"


POLICY_OUTCOMES: Final = {
    Ground.LOCKED: OutcomeKind.LOCKED,
    Ground.CHOSEN: OutcomeKind.LOCKED,
    Ground.OPTED_OUT: OutcomeKind.OPTED_OUT,
}
"""The grounds on which a person has decided, so that no source is asked, each with its outcome."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which source is shown from now on.

    `content_hash` is None for initials and for a picture of which we hold no copy. `proposed` is the
    candidate whose picture waits for a person, if one does.
    """

    source: str
    content_hash: str | None
    ground: Ground
    proposed: Candidate | None = None

    @property
    def keeps_selection(self) -> bool:
        """Whether what is shown stays exactly as it is."""
        return self.ground in {Ground.LOCKED, Ground.HELD, Ground.PROPOSED, Ground.REJECTED}

    @property
    def is_a_persons(self) -> bool:
        """Whether a person has decided, so that no source is asked."""
        return self.ground in POLICY_OUTCOMES


def chain_of(talent: Talent, policy: Policy, order: Sequence[str]) -> tuple[str, ...]:
    """The sources that this talent has, in order of priority; initials, the last resort, are left out.

    The talent's own order takes precedence over the operator's. Platforms that neither names
    come after, in the order in which they were connected; those that the talent opted out of, not at all.
    """
    connected = [a.platform for a in talent.accounts if not policy.refuses(a.platform)]
    present = {*connected, MANUAL, *((USER,) if talent.avatar_url and not policy.refuses(USER) else ())}
    wanted = (*policy.own_order, *order, *connected, MANUAL, USER)
    return tuple(source for source in dict.fromkeys(wanted) if source in present)


def resolve(record: TalentRecord, rules: Rules, now: datetime) -> Decision:
    """Walk the chain and decide what is shown.

    Args:
        record: the talent with its policy, its candidates and what is shown now.
        rules: the operator's order and grace time.
        now: the time by which ages are judged.
    """
    if (said := said_by_a_person(record, now)) is not None:
        return said
    shown = standing(record)
    return _unless_it_waits(_walk(record, shown, rules, now), record, shown, rules)


def _walk(record: TalentRecord, shown: Selection, rules: Rules, now: datetime) -> Decision:
    """Where the walk down the chain ends, whatever a person would say to it."""
    waiting = False
    for source in chain_of(record.talent, record.policy, rules.order):
        candidate = record.candidates.get(source)
        verdict = judge(source, record, shown, rules.grace, now)
        if verdict is Verdict.WINS and candidate is not None:
            return Decision(source, candidate.content_hash, Ground.ANSWERED)
        if verdict is Verdict.HOLDS:
            is_found = candidate is not None and candidate.state is State.FOUND
            return replace(hold(shown), ground=Ground.REJECTED) if is_found else hold(shown)
        waiting = waiting or verdict is Verdict.WAITS
    return hold(shown) if waiting else _fallback(record, rules, now)


def said_by_a_person(record: TalentRecord, now: datetime) -> Decision | None:
    """What is shown because a person said so; None if the sources decide.

    A lock holds whatever else was said, so whoever wants something else has to take it back first. That
    somebody wants no picture comes before any choice of one.
    """
    if record.policy.is_locked(now):
        return _as_it_is(record)
    if record.policy.opted_out:
        return Decision(INITIALS, None, Ground.OPTED_OUT)
    if (chosen := _chosen(record)) is not None:
        return Decision(MANUAL, chosen.content_hash, Ground.CHOSEN)
    return _as_it_is(record) if _is_chosen_by_hand(record) else None


def _unless_it_waits(decision: Decision, record: TalentRecord, shown: Selection, rules: Rules) -> Decision:
    """The decision; if a person has to be asked about it first, that what is shown stays."""
    candidate = record.candidates.get(decision.source)
    if decision.keeps_selection or candidate is None or decision.content_hash is None:
        return decision
    if not must_wait(record, shown, candidate, rules.review):
        return decision
    stays = Decision(shown.source, shown.content_hash, Ground.PROPOSED)
    return replace(stays if shown.has_picture else _until_then(record, shown, rules), proposed=candidate)


def _until_then(record: TalentRecord, shown: Selection, rules: Rules) -> Decision:
    """What is shown where nothing can stay: the first good picture down the chain that need not wait."""
    for source in chain_of(record.talent, record.policy, rules.order):
        candidate = record.candidates.get(source)
        if candidate is None or candidate.state is not State.FOUND or not _is_good(candidate, record):
            continue
        if not must_wait(record, shown, candidate, rules.review):
            return Decision(source, candidate.content_hash, Ground.ANSWERED)
    return Decision(INITIALS, None, Ground.NOTHING_LEFT)


def standing(record: TalentRecord) -> Selection:
    """What is shown, or nothing if it answers a question that the roster no longer asks."""
    shown = record.selection
    return Selection(synced_at=shown.synced_at) if shows_another(record) else shown


def shows_another(record: TalentRecord) -> bool:
    """Whether what is shown answers a question that the roster no longer asks.

    What an older program chose answers none that we know. It is judged by the candidate of its source, if
    there is one.
    """
    shown = record.selection
    if not shown.has_picture:
        return False
    if record.policy.refuses(shown.source):
        return True
    today = question_of(record.talent, shown.source)
    if shown.question is not None:
        return shown.question != today
    return shown.source in record.outdated or (today is None and shown.content_hash is not None)


def judge(source: str, record: TalentRecord, shown: Selection, grace: timedelta, now: datetime) -> Verdict:
    """What a source's latest answer means, given what is shown (see `standing`)."""
    candidate = record.candidates.get(source)
    is_shown = shown.has_picture and shown.source == source and not is_rejected(record, shown.content_hash)
    if candidate is None:
        return Verdict.HOLDS if is_shown else Verdict.PASSES
    if candidate.state is State.FOUND:
        return _verdict_of_found(candidate, record, is_shown=is_shown)
    if not is_shown:
        return Verdict.PASSES
    if candidate.state is State.ABSENT:
        return Verdict.PASSES if is_confirmed_absent(candidate) else Verdict.HOLDS
    return Verdict.HOLDS if _in_grace(candidate, grace, now) else Verdict.WAITS


def _verdict_of_found(candidate: Candidate, record: TalentRecord, *, is_shown: bool) -> Verdict:
    """A source whose new picture was rejected offers none; the earlier one stays if it is shown."""
    if _is_good(candidate, record):
        return Verdict.WINS
    return Verdict.HOLDS if is_shown and candidate.has_picture else Verdict.PASSES


def is_confirmed_absent(candidate: Candidate) -> bool:
    """Whether absence was seen often enough, and over a long enough time, to be certain."""
    if candidate.state is not State.ABSENT or candidate.absent_since is None or candidate.checked_at is None:
        return False
    seen_for = candidate.checked_at - candidate.absent_since
    return candidate.absent_count >= CONFIRMATIONS and seen_for >= CONFIRMATION_SPAN


def next_source(record: TalentRecord, rules: Rules, now: datetime, asked: Collection[str]) -> str | None:
    """The next source to ask before the decision is final; None when it is.

    Sources below the one that decides are never asked.
    """
    if said_by_a_person(record, now) is not None:
        return None
    shown = standing(record)
    for source in chain_of(record.talent, record.policy, rules.order):
        verdict = judge(source, record, shown, rules.grace, now)
        if source == MANUAL:
            if verdict is Verdict.WINS:
                return None
            continue
        if source not in asked:
            return source
        if verdict in {Verdict.WINS, Verdict.HOLDS}:
            return None
    return None


# -- parts of the walk ---------------------------------------------------------------


def _is_chosen_by_hand(record: TalentRecord) -> bool:
    """Whether an older program set a manual picture: a person's choice for which we have no candidate."""
    return (
        record.selection.source == MANUAL and record.selection.has_picture and MANUAL not in record.candidates
    )


def _chosen(record: TalentRecord) -> Candidate | None:
    """The picture that a person chose, if they have."""
    candidate = record.candidates.get(MANUAL) if record.policy.choice else None
    return candidate if candidate is not None and candidate.has_picture else None


def _as_it_is(record: TalentRecord) -> Decision:
    return Decision(record.selection.source, record.selection.content_hash, Ground.LOCKED)


def hold(shown: Selection) -> Decision:
    """What is shown stays as it is."""
    return Decision(shown.source, shown.content_hash, Ground.HELD)


def _is_good(candidate: Candidate, record: TalentRecord) -> bool:
    """Whether there is a picture that nobody has rejected."""
    return candidate.has_picture and not is_rejected(record, candidate.content_hash, candidate.source_hash)


def _in_grace(candidate: Candidate, grace: timedelta, now: datetime) -> bool:
    return candidate.trouble_since is None or now - candidate.trouble_since <= grace


def _fallback(record: TalentRecord, rules: Rules, now: datetime) -> Decision:
    """What is shown when no source answered: an older picture of ours, or else initials.

    While a lower source is in recent trouble, what is shown stays even though its own source is
    certainly gone: a source that could not be asked never leads to initials.
    """
    silent = silent_in(record, rules)
    for candidate in silent:
        if _is_good(candidate, record):
            return Decision(candidate.source, candidate.content_hash, Ground.REMEMBERED)
    if _may_outlive_source(record) and any(_in_grace(candidate, rules.grace, now) for candidate in silent):
        return hold(record.selection)
    return Decision(INITIALS, None, Ground.NOTHING_LEFT)


def silent_in(record: TalentRecord, rules: Rules) -> list[Candidate]:
    """The sources of the chain that could not be asked, in its order."""
    return [
        candidate
        for source in chain_of(record.talent, record.policy, rules.order)
        if (candidate := record.candidates.get(source)) is not None and candidate.state is State.TROUBLE
    ]


def _may_outlive_source(record: TalentRecord) -> bool:
    """Whether what is shown may stay after its source is gone.

    Not when the roster no longer asks for it, because a person decided that. But a picture that an older
    program chose, from a source that we cannot ask, stays for as long as another source cannot be asked.
    """
    shown = standing(record)
    is_refused = not shown.has_picture or is_rejected(record, shown.content_hash)
    return not is_refused and (shown.source in record.candidates or shown.content_hash is None)
