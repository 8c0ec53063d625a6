"""What still holds of all that people have said about a talent, by the record of it alone. No I/O.

What holds is kept apart from that record, as a look has to know it at once. So each can be held against the
other: a lock that was said, was never lifted and is kept nowhere is lost. Not the other way round: an import
brings decisions that were said elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from talentimg.models import MANUAL, Action, Choice, Lock, OptOut, Order, Policy, Review, ReviewState
from talentimg.models.audit import (
    ADDED,
    BYTES,
    HANDLE,
    PICTURE,
    PLATFORM,
    REDACTED,
    SOURCE,
    SOURCES,
    UNTIL,
    VERSION,
)
from talentimg.repository.interface import Disconnected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from talentimg.models import AuditEntry, TalentRecord

DEFAULT_ORDER: Final = "default"
"""What an entry names in place of sources if the operator's order holds again."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds: decisions, when which accounts were disconnected, and what was said of pictures."""

    policy: Policy = Policy()  # noqa: RUF009  frozen: one serves all
    disconnected: Mapping[Disconnected, datetime] = field(default_factory=dict)
    reviews: Mapping[tuple[str, str], Review] = field(default_factory=dict)
    """By `Review.key`. Since when a picture waited, and what it looks like, is not on record."""


def in_force(said: Iterable[AuditEntry]) -> InForce:
    """What holds of what was said, in the order in which it was.

    A merge makes one of what two people have said, by what both had kept, so nothing from before counts. What
    is no longer told in full, as somebody who was named there is forgotten, counts for nothing.
    """
    known = InForce()
    for entry in said:
        if entry.action in _STEPS and not any(REDACTED in value for value in entry.about.values()):
            known = _STEPS[entry.action](known, entry)
    return known


def went_back_to(version: str, why: str | None) -> str:
    """Why a picture is locked to which a person went back."""
    return f"went back to version {version}" + (f": {why}" if why else "")


def without_kept(
    known: InForce, record: TalentRecord, kept: Collection[Disconnected], now: datetime
) -> InForce:
    """What holds by what was said, and is kept nowhere.

    Args:
        known: what holds.
        record: what is kept of it.
        kept: the accounts that are kept as disconnected.
        now: a lock that has run out by then is no loss.
    """
    policy, reviewed = record.policy, {one.key for one in record.reviews if one.is_settled}
    # Of an older entry the platform may be gone, if somebody who is forgotten was called so.
    opted_out = {(one.by, one.at) for one in policy.opt_outs}
    missing = Policy(
        lock=known.policy.lock if policy.lock is None and known.policy.is_locked(now) else None,
        choice=None if policy.choice else known.policy.choice,
        order=None if policy.order else known.policy.order,
        opt_outs=tuple(
            one
            for one in known.policy.opt_outs
            if not policy.refuses(one.platform) and (one.by, one.at) not in opted_out
        ),
    )
    disconnected = {one: at for one, at in known.disconnected.items() if one not in kept}
    reviews = {key: one for key, one in known.reviews.items() if key not in reviewed}
    return InForce(missing, disconnected, reviews)


# -- what each word changes -------------------------------------------------------------------


def _locked(known: InForce, said: AuditEntry) -> InForce:
    until = said.about.get(UNTIL)
    try:
        lock = Lock(said.by, said.at, said.why, datetime.fromisoformat(until) if until else None)
    except ValueError:  # written by hand, or by another version
        return known
    return replace(known, policy=replace(known.policy, lock=lock))


def _unlocked(known: InForce, _: AuditEntry) -> InForce:
    return replace(known, policy=replace(known.policy, lock=None))


def _chosen(known: InForce, said: AuditEntry) -> InForce:
    choice = Choice(said.by, said.at, said.why)
    return replace(known, policy=replace(known.policy, choice=choice))


def _not_chosen(known: InForce, _: AuditEntry) -> InForce:
    return replace(known, policy=replace(known.policy, choice=None))


def _went_back(known: InForce, said: AuditEntry) -> InForce:
    """That locks; what was chosen before is chosen again."""
    locked = _locked(known, replace(said, why=went_back_to(said.about.get(VERSION, "?"), said.why)))
    return _chosen(locked, said) if said.about.get(SOURCE) == MANUAL else locked


def _ordered(known: InForce, said: AuditEntry) -> InForce:
    named = said.about.get(SOURCES, DEFAULT_ORDER)
    order = None if named == DEFAULT_ORDER else Order(tuple(named.split(",")), said.by, said.at, said.why)
    return replace(known, policy=replace(known.policy, order=order))


def _opted_out(known: InForce, said: AuditEntry) -> InForce:
    without = _opted_in(known, said)
    new = OptOut(said.about.get(PLATFORM), said.by, said.at, said.why)
    return replace(without, policy=replace(without.policy, opt_outs=(*without.policy.opt_outs, new)))


def _opted_in(known: InForce, said: AuditEntry) -> InForce:
    rest = tuple(one for one in known.policy.opt_outs if one.platform != said.about.get(PLATFORM))
    return replace(known, policy=replace(known.policy, opt_outs=rest))


def _disconnected(known: InForce, said: AuditEntry) -> InForce:
    return replace(known, disconnected={**known.disconnected, **dict.fromkeys(_account(said), said.at)})


def _connected(known: InForce, said: AuditEntry) -> InForce:
    rest = {one: at for one, at in known.disconnected.items() if one not in _account(said)}
    return replace(known, disconnected=rest)


def _judged(known: InForce, said: AuditEntry) -> InForce:
    about, state = said.about, _VERDICTS[said.action]
    if not all(about.get(name) for name in (PLATFORM, PICTURE, BYTES)):  # of what was forgotten since
        return known
    review = Review(
        said.talent_id,
        about[PLATFORM],
        about[BYTES],
        about[PICTURE],
        state,
        said.at,
        decided_at=said.at,
        decided_by=said.by,
        why=said.why,
    )
    return replace(known, reviews={**known.reviews, review.key: review})


def _reconsidered(known: InForce, said: AuditEntry) -> InForce:
    source, of_bytes = said.about.get(PLATFORM), said.about.get(BYTES)
    rest = {key: o for key, o in known.reviews.items() if key[0] != source or of_bytes not in {None, key[1]}}
    return replace(known, reviews=rest)


def _remembered(known: InForce, _: AuditEntry) -> InForce:
    """What was said of a platform that was forgotten ended there; of which, nobody knows."""
    return replace(known, policy=replace(known.policy, opt_outs=()), disconnected={}, reviews={})


def _began_anew(_: InForce, __: AuditEntry) -> InForce:
    return InForce()


def _imported(known: InForce, said: AuditEntry) -> InForce:
    """Whoever had the id before is somebody else."""
    return InForce() if ADDED in said.about else known


def _account(said: AuditEntry) -> tuple[Disconnected, ...]:
    """Whose account it was; none if that was forgotten since."""
    platform, handle = said.about.get(PLATFORM), said.about.get(HANDLE)
    return (Disconnected.of(said.talent_id, platform, handle),) if platform and handle else ()


_VERDICTS: Final[Mapping[str, ReviewState]] = {
    Action.APPROVE: ReviewState.APPROVED,
    Action.REJECT: ReviewState.REJECTED,
}
_Step: TypeAlias = "Callable[[InForce, AuditEntry], InForce]"
_STEPS: Final[Mapping[str, _Step]] = {
    Action.LOCK: _locked,
    Action.UNLOCK: _unlocked,
    Action.SET: _chosen,
    Action.UNSET: _not_chosen,
    Action.ROLLBACK: _went_back,
    Action.ORDER: _ordered,
    Action.OPT_OUT: _opted_out,
    Action.OPT_IN: _opted_in,
    Action.DISCONNECT: _disconnected,
    Action.CONNECT: _connected,
    Action.APPROVE: _judged,
    Action.REJECT: _judged,
    Action.RECONSIDER: _reconsidered,
    Action.REMEMBER: _remembered,
    Action.ADD: _began_anew,
    Action.IMPORT: _imported,
    Action.MERGE: _began_anew,
}
SPOKEN: Final = frozenset(_STEPS)
"""The actions that change what holds."""
