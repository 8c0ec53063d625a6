"""A talent's own rules, as people set them: a lock, an order of sources, opt-outs. No platform is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.errors import UsageError
from talentimg.models import INITIALS, Action, Lock, OptOut, Order
from talentimg.models.audit import PLATFORM, SOURCES, UNTIL
from talentimg.service.decision.in_force import DEFAULT_ORDER
from talentimg.service.decision.said import lock_words
from talentimg.service.people.decisions import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Policy, TalentRecord
    from talentimg.service.people.decisions import Decided, Decisions
    from talentimg.service.people.edition import Editions


class Rules:
    """Sets and lifts them. What follows from each is shown at once, by what is known.

    All methods raise `TalentNotFound` for an unknown id, `EditedMeanwhile` if the talent is in none of the
    editions that the person may have seen, and `StoreLocked` if others keep changing the talent. What is so
    already is written again only where that tells something new: see `Decided.is_new`.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions

    def lock(
        self,
        talent_id: str,
        *,
        by: str,
        why: str | None = None,
        until: datetime | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Freeze what is shown, for good or until a time. It takes the place of an earlier lock."""
        about = {UNTIL: until.isoformat()} if until else {}

        def locked(record: TalentRecord, at: datetime) -> TalentRecord:
            lock = Lock(by, at, why, until)
            return replace(record, policy=replace(record.policy, lock=lock), overwritten=None)

        return self._decisions.carry_out(
            talent_id, Said(Action.LOCK, by, why, about, editions=editions), locked
        )

    def unlock(
        self, talent_id: str, *, by: str, why: str | None = None, editions: Editions = None
    ) -> Decided:
        """Let what is shown follow the sources again."""

        def unlocked(policy: Policy, at: datetime) -> Policy:
            return replace(policy, lock=None) if policy.is_locked(at) else policy

        return self._say(talent_id, Said(Action.UNLOCK, by, why, editions=editions), unlocked)

    def order(
        self,
        talent_id: str,
        sources: tuple[str, ...],
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Give a talent an order of sources of their own; none: the operator's holds again."""
        about = {SOURCES: ",".join(sources) or DEFAULT_ORDER}
        said = Said(Action.ORDER, by, why, about, editions=editions)

        def ordered(policy: Policy, at: datetime) -> Policy:
            order = Order(sources, by, at, why) if sources else None
            return replace(policy, order=order) if order or policy.order else policy

        return self._say(talent_id, said, ordered)

    def opt_out(
        self,
        talent_id: str,
        platform: str | None = None,
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Show no picture from a platform any more, or none at all.

        Raises:
            UsageError: a lock holds the picture that would have to go.
        """
        said = Said(Action.OPT_OUT, by, why, _about(platform), editions=editions)

        def opted_out(record: TalentRecord, at: datetime) -> TalentRecord:
            policy = record.policy
            if policy.refuses(platform):
                return record
            shown = record.selection
            if shown.has_picture and platform in {None, shown.source}:
                check_unlocked(record, at)
            new = OptOut(platform, by, at, why)
            return replace(record, policy=replace(policy, opt_outs=(*policy.opt_outs, new)))

        return self._decisions.carry_out(talent_id, said, opted_out)

    def opt_in(
        self,
        talent_id: str,
        platform: str | None = None,
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Undo exactly that: with a platform, an opt-out of it; without one, that of everything."""

        def opted_in(policy: Policy, _: datetime) -> Policy:
            rest = tuple(one for one in policy.opt_outs if one.platform != platform)
            return policy if rest == policy.opt_outs else replace(policy, opt_outs=rest)

        said = Said(Action.OPT_IN, by, why, _about(platform), editions=editions)
        return self._say(talent_id, said, opted_in)

    def _say(self, talent_id: str, said: Said, policy_of: Callable[[Policy, datetime], Policy]) -> Decided:
        def after(record: TalentRecord, at: datetime) -> TalentRecord:
            policy = policy_of(record.policy, at)
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


def check_wanted(record: TalentRecord, source: str) -> None:
    """Refuse to show what the talent has opted out of.

    Raises:
        UsageError: they have.
    """
    policy = record.policy
    if source == INITIALS or not (policy.opted_out or policy.refuses(source)):
        return
    of_all = policy.opted_out
    raise UsageError(
        f"{record.talent.name} wants {'no picture at all' if of_all else f'none from {source}'}.",
        hint="If that has changed: talentimg opt-in "
        f"{record.talent.id}{'' if of_all else f' --platform {source}'}",
    )


def _about(platform: str | None) -> dict[str, str]:
    return {PLATFORM: platform} if platform else {}
