"""How a talent stands, in one word for lists and a sentence for people. Pure.

Of several words that would fit, the first of this order counts, so that everybody has exactly one, and the
numbers of a list add up:

1. `locked`: a person holds what is shown, so nothing else is worth saying.
2. `needs_you`: without a person nothing gets better, however long one waits.
3. `stale`: what is known is older than the schedule asks, so the words below would tell of yesterday.
4. `waiting`: what is shown is not certain, and the time of the next answer is known.
5. `kept`: what is shown is not certain, and the next regular look will ask again.
6. `initials`: there is no picture, and every source that could be asked has said so.
7. `fresh`: the picture that is shown is what its source shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from talentimg.models import INITIALS, NEEDS_THE_PERSON, Reason, State
from talentimg.service.decision.chain import Ground, chain_of, resolve, shows_another

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from talentimg.models import Candidate, TalentRecord
    from talentimg.service.decision.chain import Rules

QUESTIONS: Final = frozenset({Reason.TOKEN, Reason.IDENTITY})
"""Trouble with an account that worked once, or may be somebody else's: it is worth a person's while even
where another source has a picture. That there is no token at all is so by design for many."""


class TalentState(StrEnum):
    """How a talent stands."""

    NEEDS_YOU = "needs_you"
    WAITING = "waiting"
    KEPT = "kept"
    STALE = "stale"
    INITIALS = "initials"
    LOCKED = "locked"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Standing:
    """A talent's state, and a sentence about it that may be shown."""

    state: TalentState
    why: str


def state_of(record: TalentRecord, rules: Rules, now: datetime, *, looked_since: datetime) -> Standing:
    """How a talent stands.

    Args:
        record: all that is known of the talent.
        rules: the operator's order and grace time.
        now: the current time.
        looked_since: a last look before this time is older than the schedule asks.
    """
    return next(_fitting(record, rules, now, looked_since))


def _fitting(record: TalentRecord, rules: Rules, now: datetime, looked_since: datetime) -> Iterator[Standing]:
    """The states that fit, in the order of precedence; at least one."""
    ground = resolve(record, rules, now).ground
    if ground in {Ground.LOCKED, Ground.CHOSEN}:
        yield Standing(TalentState.LOCKED, _held_by(record, now))
    if ground is Ground.OPTED_OUT:
        yield Standing(TalentState.INITIALS, "No picture is wanted.")
    above = _down_to_the_shown(record, rules)
    if question := next((c for c in above if _needs_a_person(record, c, above)), None):
        yield Standing(
            TalentState.NEEDS_YOU, f"{question.source}: {question.detail or 'somebody has to look.'}"
        )
    if (proposed := record.in_review) is not None:
        yield Standing(TalentState.NEEDS_YOU, f"Another picture, from {proposed.source}, waits for review.")
    if _can_be_asked(record) and (stale := _staleness(record, looked_since)):
        yield Standing(TalentState.STALE, stale)
    troubled = [candidate for candidate in above if _is_open(record, candidate)]
    times = [c.next_due_at for c in troubled if c.next_due_at is not None and c.next_due_at > now]
    if times:
        at = min(times)
        yield Standing(TalentState.WAITING, f"{_about(troubled)} Asked again at {at:%Y-%m-%d %H:%M} UTC.")
    if record.selection.has_picture and troubled[-1:] == above[-1:] != []:
        yield Standing(TalentState.KEPT, f"{_about(troubled)} The picture stays.")
    if not record.selection.has_picture:
        yield Standing(TalentState.INITIALS, _about(above) if above else "There is no account to look at.")
    yield Standing(TalentState.FRESH, f"The picture is what {record.selection.source} shows.")


def to_reconnect(record: TalentRecord, rules: Rules, now: datetime) -> tuple[Candidate, ...]:
    """What the accounts said that a talent has to connect again, for anything to get better.

    None of somebody of whom no platform is asked: a person holds what is shown, or no picture is wanted.
    """
    if resolve(record, rules, now).ground in {Ground.LOCKED, Ground.CHOSEN, Ground.OPTED_OUT}:
        return ()
    above = _down_to_the_shown(record, rules)
    return tuple(c for c in above if c.reason in NEEDS_THE_PERSON and _needs_a_person(record, c, above))


def _held_by(record: TalentRecord, now: datetime) -> str:
    policy = record.policy
    if policy.is_locked(now) and policy.lock:
        until = f" until {policy.lock.until:%Y-%m-%d %H:%M} UTC" if policy.lock.until else ""
        return f"Locked by {policy.lock.by}{until}."
    return f"Chosen by {policy.choice.by}." if policy.choice else "Chosen by a person."


def _down_to_the_shown(record: TalentRecord, rules: Rules) -> list[Candidate]:
    """What the sources said, from the first of the chain down to the one that is shown."""
    found: list[Candidate] = []
    for source in chain_of(record.talent, record.policy, rules.order):
        if candidate := record.candidates.get(source):
            found.append(candidate)
        if source == record.selection.source:
            break
    return found


def _needs_a_person(record: TalentRecord, candidate: Candidate, above: list[Candidate]) -> bool:
    """Whether a source waits for a person: always, or where nothing else could bring a picture.

    Where initials are shown, `above` is all of the chain.
    """
    if candidate.state is not State.TROUBLE:
        return False
    if candidate.reason in QUESTIONS:
        return True
    if candidate.reason not in NEEDS_THE_PERSON:
        return False
    if record.selection.source != INITIALS:
        return record.selection.source == candidate.source
    silent = {c.reason for c in above if c.state is State.TROUBLE}
    return silent <= NEEDS_THE_PERSON | {Reason.UNSUPPORTED}


def _can_be_asked(record: TalentRecord) -> bool:
    return bool(record.talent.accounts or record.talent.avatar_url) or shows_another(record)


def _staleness(record: TalentRecord, looked_since: datetime) -> str | None:
    """Why what is known is too old; None if it is not."""
    at = record.selection.synced_at
    if at is None:
        return "Nobody has looked yet."
    if shows_another(record):
        return "The roster names another account or avatar since the last look."
    return f"The last look was on {at:%Y-%m-%d}." if at < looked_since else None


def _is_open(record: TalentRecord, candidate: Candidate) -> bool:
    """Whether a source leaves open what should be shown: it was silent, or is shown and has nothing now."""
    if candidate.state is State.TROUBLE:
        return candidate.reason is not Reason.UNSUPPORTED and candidate.reason not in NEEDS_THE_PERSON
    return candidate.state is State.ABSENT and record.selection.source == candidate.source


def _about(candidates: list[Candidate]) -> str:
    last = candidates[-1]
    return f"{last.source}: {last.detail or 'it gave no picture.'}"
