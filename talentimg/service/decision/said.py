"""What people decided about a talent, in words: for outcomes, cards and listings. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.service.decision.chain import Ground

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Policy

BY_AN_OLDER_PROGRAM: Final = "A person chose it with an older program."


def sentence(policy: Policy, ground: Ground) -> str | None:
    """Why a person's word decides what is shown; None if none does."""
    if ground is Ground.LOCKED:
        return f"Locked {lock_words(policy)}." if policy.lock else BY_AN_OLDER_PROGRAM
    if ground is Ground.CHOSEN and policy.choice:
        return f"Chosen {who_when_why(policy.choice.by, policy.choice.at, policy.choice.why)}."
    if ground is Ground.OPTED_OUT:
        said = next(one for one in policy.opt_outs if one.platform is None)
        who = who_when_why(said.by, said.at, said.why)
        return f"Opted out {who}." if who else "The talent wants no picture."
    return None


def lock_words(policy: Policy) -> str:
    """Who locked it, when, until when, and why; empty without a lock."""
    lock = policy.lock
    return who_when_why(lock.by, lock.at, lock.why, until=lock.until) if lock else ""


def who_when_why(
    by: str | None, at: datetime | None, why: str | None, *, until: datetime | None = None
) -> str:
    """As `by eve on 2026-11-24 until 2026-12-24 00:00 UTC: her new photo`; what is not known is left out."""
    known = (
        f"by {by}" if by else "",
        f"on {at:%Y-%m-%d}" if at else "",
        f"until {until:%Y-%m-%d %H:%M} UTC" if until else "",
    )
    return ": ".join(filter(None, (" ".join(filter(None, known)), (why or "").rstrip(". "))))


def marks(policy: Policy, now: datetime) -> tuple[str, ...]:
    """What holds now of that which a person decided about all pictures of a talent, each in a word or two."""
    found = (
        "locked" if policy.is_locked(now) else "",
        "opted out" if policy.opted_out else "",
        "chosen" if policy.choice else "",
    )
    return tuple(filter(None, found))
