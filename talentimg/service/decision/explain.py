"""The chain in sentences: how each source fared, for people who ask why a picture is shown. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentimg.models import INITIALS, MANUAL, State
from talentimg.service.decision.chain import POLICY_OUTCOMES, Ground, Verdict, chain_of, judge, resolve

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Candidate, TalentRecord
    from talentimg.service.decision.chain import Decision, Rules


@dataclass(frozen=True, slots=True)
class Step:
    """One source of the chain as it was evaluated, for `show --why`."""

    source: str
    verdict: Verdict | None
    """None when the walk had ended above it."""
    candidate: Candidate | None
    why: str


def explain(record: TalentRecord, rules: Rules, now: datetime) -> tuple[Step, ...]:
    """The chain as it stands, source by source, ending in initials."""
    decision = resolve(record, rules, now)
    settled = decision.ground in POLICY_OUTCOMES
    steps: list[Step] = []
    for source in (*chain_of(record.talent, record.policy, rules.order), INITIALS):
        candidate = record.candidates.get(source)
        if source == MANUAL and candidate is None:
            continue  # nobody ever chose a picture by hand: not worth a line
        verdict = None if settled else judge(source, candidate, record.selection, rules.grace, now)
        if source == decision.source and decision.ground in {Ground.REMEMBERED, Ground.NOTHING_LEFT}:
            verdict = Verdict.WINS
        steps.append(Step(source, verdict, candidate, _why(source, candidate, verdict, decision, now)))
        settled = settled or verdict in {Verdict.WINS, Verdict.HOLDS}
    return tuple(steps)


def _why(
    source: str, candidate: Candidate | None, verdict: Verdict | None, decision: Decision, now: datetime
) -> str:
    """One plain sentence on how a source fared."""
    if decision.ground is Ground.LOCKED:
        return "A person locked the picture; nobody is asked."
    if decision.ground is Ground.OPTED_OUT:
        return "The talent opted out; nobody is asked."
    if verdict is None:
        return "Not needed: a source above it settled the matter."
    if source == INITIALS:
        return "Nothing else is left." if verdict is Verdict.WINS else "Stands below what is shown."
    return _why_of(candidate, verdict, now)


def _why_of(candidate: Candidate | None, verdict: Verdict, now: datetime) -> str:
    if candidate is None:
        return "Never asked; what is shown stays." if verdict is Verdict.HOLDS else "Not asked yet."
    if candidate.state is State.FOUND:
        return "Offers a good picture."
    because = candidate.detail or (candidate.reason or candidate.state).replace("_", " ")
    if candidate.state is State.ABSENT:
        return f"{because} {_absence(candidate, verdict)}"
    since = candidate.trouble_since or candidate.checked_at or now
    stays = {
        Verdict.WINS: " Nobody else answered either, so the older picture is shown.",
        Verdict.HOLDS: " The picture stays.",
        Verdict.WAITS: " The picture stays until a lower source has one.",
        Verdict.PASSES: "",
    }[verdict]
    return f"{because} (no answer since {since:%Y-%m-%d %H:%M} UTC){stays}"


def _absence(candidate: Candidate, verdict: Verdict) -> str:
    if verdict is Verdict.HOLDS:
        return f"Seen {candidate.absent_count}x; the picture stays until that is confirmed."
    return f"Seen {candidate.absent_count}x."
