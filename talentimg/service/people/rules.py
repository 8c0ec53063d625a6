"""A talent's own rules, as people set them: a lock, an order of sources, opt-outs. No platform is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.errors import UsageError
from talentimg.models import Action, Lock, OptOut, Order
from talentimg.service.decision.said import lock_words
from talentimg.service.people.decisions import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Policy, TalentRecord
    from talentimg.service.people.decisions import Decided, Decisions


class Rules:
    """Sets and lifts them. What follows from each is shown at once, by what is known.

    All methods raise `TalentNotFound` for an unknown id, and `StoreLocked` if others keep changing the
    talent. What is so already is written again only where that tells something new: see `Decided.is_new`.
    """

    def __init__(self, decisions: Decisions, now: Callable[[], datetime]) -> None:
        self._decisions = decisions
        self._now = now

    def lock(
        self, talent_id: str, *, by: str, why: str | None = None, until: datetime | None = None
    ) -> Decided:
        """Freeze what is shown, for good or until a time. It takes the place of an earlier lock."""
        about = {"until": until.isoformat(timespec="seconds")} if until else {}
        lock = Lock(by, self._now(), why, until)

        def locked(record: TalentRecord) -> TalentRecord:
            return replace(record, policy=replace(record.policy, lock=lock), overwritten=None)

        return self._decisions.carry_out(talent_id, Said(Action.LOCK, by, why, about), locked)

    def unlock(self, talent_id: str, *, by: str, why: str | None = None) -> Decided:
        """Let what is shown follow the sources again."""

        def unlocked(policy: Policy) -> Policy:
            return replace(policy, lock=None) if policy.is_locked(self._now()) else policy

        return self._say(talent_id, Said(Action.UNLOCK, by, why), unlocked)

    def order(self, talent_id: str, sources: tuple[str, ...], *, by: str, why: str | None = None) -> Decided:
        """Give a talent an order of sources of their own; none: the operator's holds again."""
        said = Said(Action.ORDER, by, why, {"sources": ",".join(sources) or "default"})
        order = Order(sources, by, self._now(), why) if sources else None
        return self._say(talent_id, said, lambda p: replace(p, order=order) if order or p.order else p)

    def opt_out(
        self, talent_id: str, platform: str | None = None, *, by: str, why: str | None = None
    ) -> Decided:
        """Show no picture from a platform any more, or none at all.

        Raises:
            UsageError: a lock holds the picture that would have to go.
        """
        said = Said(Action.OPT_OUT, by, why, _about(platform))
        new = OptOut(platform, by, self._now(), why)

        def opted_out(record: TalentRecord) -> TalentRecord:
            policy = record.policy
            if policy.refuses(platform):
                return record
            shown = record.selection
            if shown.has_picture and platform in {None, shown.source}:
                check_unlocked(record, self._now())
            return replace(record, policy=replace(policy, opt_outs=(*policy.opt_outs, new)))

        return self._decisions.carry_out(talent_id, said, opted_out)

    def opt_in(
        self, talent_id: str, platform: str | None = None, *, by: str, why: str | None = None
    ) -> Decided:
        """Undo exactly that: with a platform, an opt-out of it; without one, that of everything."""

        def opted_in(policy: Policy) -> Policy:
            rest = tuple(one for one in policy.opt_outs if one.platform != platform)
            return policy if rest == policy.opt_outs else replace(policy, opt_outs=rest)

        return self._say(talent_id, Said(Action.OPT_IN, by, why, _about(platform)), opted_in)

    def _say(self, talent_id: str, said: Said, policy_of: Callable[[Policy], Policy]) -> Decided:
        def after(record: TalentRecord) -> TalentRecord:
            policy = policy_of(record.policy)
            return record if policy is record.policy else replace(record, policy=policy)

        return self._decisions.carry_out(talent_id, said, after)


def check_unlocked(record: TalentRecord, now: datetime) -> None:
    """Refuse what a lock stands against: a newer word lifts an older one only if it says so.

    Raises:
        UsageError: there is a lock.
    """
    if record.policy.is_locked(now):
        raise UsageError(
            f"The picture of {record.talent.name} is locked {lock_words(record.policy)}.",
            hint=f"If it may change, unlock it first: talentimg unlock {record.talent.id}",
        )


def _about(platform: str | None) -> dict[str, str]:
    return {"platform": platform} if platform else {}
