"""The chain explained in sentences, for `show --why`. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.models import INITIALS, MANUAL, USER, State
from talentimg.service.decision.chain import (
    POLICY_OUTCOMES,
    Ground,
    Verdict,
    chain_of,
    is_confirmed_absent,
    judge,
    resolve,
    standing,
)
from talentimg.service.decision.review import is_rejected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from talentimg.models import Candidate, TalentRecord
    from talentimg.service.decision.chain import Decision, Rules


HELD_BACK: Final = (
    "The picture is still shown: the safety valve held its loss back, until `sync-all --allow-losses N`."
)
OPTED_OUT: Final = "The talent opted out of it; it is not asked."
PROPOSED: Final = "Offers another picture, which waits for a person's word: talentimg review."
STAYS_UNTIL_THEN: Final = "What is shown stays until a person has decided."
REJECTED: Final = "A person has rejected the picture that it offers."
NOT_ASKED_SINCE: Final = "Not asked since the roster was changed; what was learnt before counts no more."


_NOT_BY_THE_WALK: Final = frozenset({Ground.CHOSEN, Ground.REMEMBERED, Ground.NOTHING_LEFT})
"""The grounds on which a source is shown although no verdict on it says so."""


@dataclass(frozen=True, slots=True)
class Step:
    """One source of the chain as it was evaluated."""

    source: str
    verdict: Verdict | None
    """None when the walk ended above it."""
    candidate: Candidate | None
    why: str


def explain(record: TalentRecord, rules: Rules, now: datetime) -> tuple[Step, ...]:
    """The chain as it is now, source by source, ending with initials."""
    decision = resolve(record, rules, now)
    is_decided = decision.ground in POLICY_OUTCOMES
    shown = standing(record)
    steps: list[Step] = []
    for source in _told(record, rules, decision):
        candidate = record.candidates.get(source)
        if source == MANUAL and candidate is None:
            continue  # nobody has chosen a picture by hand: not worth a line
        verdict = None if is_decided else judge(source, record, shown, rules.grace, now)
        if source == decision.source and decision.ground in _NOT_BY_THE_WALK:
            verdict = Verdict.WINS
        if decision.proposed is not None:
            verdict = _in_review(source, verdict, decision)
        why = _why(source, candidate, verdict, decision, now)
        if source in record.outdated and verdict is Verdict.PASSES:
            why = NOT_ASKED_SINCE
        elif verdict is not None and candidate is not None and _is_refused(record, candidate):
            why = f"{REJECTED} What is shown stays." if verdict is Verdict.HOLDS else REJECTED
        elif _is_held_back(record, candidate, verdict):
            why = f"{why} {HELD_BACK}"
        steps.append(Step(source, verdict, candidate, why))
        is_decided = is_decided or verdict in {Verdict.WINS, Verdict.HOLDS} or source == _proposed(decision)
    return (*steps[:-1], *_refused(record), steps[-1])


def _told(record: TalentRecord, rules: Rules, decision: Decision) -> tuple[str, ...]:
    """The sources in the order in which they are told: what a person chose stands above them all."""
    chain = (*chain_of(record.talent, record.policy, rules.order), INITIALS)
    chosen = (MANUAL,) if decision.ground is Ground.CHOSEN else ()
    return tuple(dict.fromkeys((*chosen, *chain)))


def _refused(record: TalentRecord) -> Iterator[Step]:
    """The sources that nobody asks because the talent wants no picture from there."""
    present = [account.platform for account in record.talent.accounts]
    for source in (*present, *((USER,) if record.talent.avatar_url else ())):
        if record.policy.refuses(source):
            yield Step(source, None, record.candidates.get(source), OPTED_OUT)


def _proposed(decision: Decision) -> str | None:
    return decision.proposed.source if decision.proposed else None


def _in_review(source: str, verdict: Verdict | None, decision: Decision) -> Verdict | None:
    """The source whose picture would come waits, and the one whose picture is shown holds it."""
    if source == _proposed(decision):
        return Verdict.WAITS
    return Verdict.HOLDS if source == decision.source else verdict


def _is_refused(record: TalentRecord, candidate: Candidate) -> bool:
    found = candidate.state is State.FOUND and candidate.has_picture
    return found and is_rejected(record, candidate.content_hash, candidate.source_hash)


def _is_held_back(record: TalentRecord, candidate: Candidate | None, verdict: Verdict | None) -> bool:
    """Whether a source is shown although its picture is certainly gone, which only the valve does."""
    if candidate is None or verdict is not Verdict.PASSES or not is_confirmed_absent(candidate):
        return False
    return record.selection.has_picture and record.selection.source == candidate.source


def _why(
    source: str, candidate: Candidate | None, verdict: Verdict | None, decision: Decision, now: datetime
) -> str:
    """One plain sentence on what a source contributed."""
    if decision.ground in POLICY_OUTCOMES:
        return _why_nobody_is_asked(source, decision)
    if decision.proposed is not None and source in {decision.proposed.source, decision.source}:
        return PROPOSED if source == decision.proposed.source else STAYS_UNTIL_THEN
    if verdict is None:
        return "Not needed: a source above it decided."
    if source == INITIALS:
        return "No other source has a picture." if verdict is Verdict.WINS else "Ranks below what is shown."
    return _why_of(candidate, verdict, now)


def _why_nobody_is_asked(source: str, decision: Decision) -> str:
    if decision.ground is Ground.LOCKED:
        return "A person locked the picture; no source is asked."
    if decision.ground is Ground.CHOSEN:
        return (
            "A person chose this picture."
            if source == MANUAL
            else "A person chose a picture; no source is asked."
        )
    return "The talent opted out; no source is asked."


def _why_of(candidate: Candidate | None, verdict: Verdict, now: datetime) -> str:
    if candidate is None:
        return "Never asked; what is shown stays." if verdict is Verdict.HOLDS else "Not asked yet."
    if candidate.state is State.FOUND:
        return f"Offers a good picture. {candidate.detail}" if candidate.detail else "Offers a good picture."
    word = (candidate.reason or candidate.state).replace("_", " ").capitalize()
    if candidate.state is State.ABSENT:
        return f"{candidate.detail or f'{word}.'} {_absence(candidate, verdict)}"
    since = candidate.trouble_since or candidate.checked_at or now
    stays = {
        Verdict.WINS: " No other source answered either, so the older picture is shown.",
        Verdict.HOLDS: " The picture stays.",
        Verdict.WAITS: " The picture stays until a lower source has one.",
        Verdict.PASSES: "",
    }[verdict]
    return f"{candidate.detail or word} (no answer since {since:%Y-%m-%d %H:%M} UTC){stays}"


def _absence(candidate: Candidate, verdict: Verdict) -> str:
    if verdict is Verdict.HOLDS:
        return f"Seen {candidate.absent_count}x; the picture stays until this is confirmed."
    return f"Seen {candidate.absent_count}x."
