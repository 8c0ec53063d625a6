"""What people said of a talent and what is kept of it, held against each other. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from talentimg.models import MANUAL, OptOut
from talentimg.models.talent import FORGOTTEN
from talentimg.repository.interface import Disconnected
from talentimg.service.decision.in_force import InForce, in_force, without_kept
from talentimg.service.decision.versions import BY_DOCTOR, SAME_PICTURE
from talentimg.service.people.files.own import together

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from talentimg.models import Account, AuditEntry, HistoryEntry, Picture, Policy, Review, TalentRecord
    from talentimg.repository.interface import Forgotten

NOTHING: Final = InForce()


@dataclass(frozen=True, slots=True)
class Undone:
    """A word that was lost and that something else has taken the place of since."""

    what: str
    say: str
    """The command that says it again."""
    lift: str
    """The one that says that it no longer holds."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What of a talent's is lost: `again` can be kept again as it was, `undone` a person has to say again."""

    record: TalentRecord
    again: InForce = NOTHING
    undone: tuple[Undone, ...] = ()

    @property
    def talent_id(self) -> str:
        """Of whom."""
        return self.record.talent.id

    @property
    def policy(self) -> Policy:
        """What is decided about the talent once it is kept again."""
        kept, lost = self.record.policy, self.again.policy
        return replace(together(kept, lost), choice=kept.choice or lost.choice)

    @property
    def after(self) -> TalentRecord:
        """The talent once it is kept again."""
        again = self.again.reviews
        others = (one for one in self.record.reviews if one.key not in again)
        return replace(self.record, policy=self.policy, reviews=(*others, *again.values()))

    @property
    def words(self) -> str:
        """What can be kept again, in words."""
        policy = self.again.policy
        told = (
            "a lock" if policy.lock else "",
            "the chosen picture" if policy.choice else "",
            "the order of sources" if policy.order else "",
            *(f"no picture from {one.platform}" if one.platform else "no picture" for one in policy.opt_outs),
            *(f"{one.platform} disconnected" for one in self.again.disconnected),
            *(f"a picture from {one.source} {one.state}" for one in self.again.reviews.values()),
        )
        return ", ".join(filter(None, told))


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of many talents beside their records."""

    disconnected: Collection[Disconnected]
    forgotten: Collection[Forgotten]


def asked_of(page: Iterable[TalentRecord]) -> Iterator[tuple[str, str | None]]:
    """What of them must not be forgotten, as looks ask it: themselves, and each account's platform."""
    for record in page:
        yield record.talent.id, None
        yield from ((record.talent.id, account.platform) for account in record.talent.accounts)


def missing(record: TalentRecord, said: Iterable[AuditEntry], kept: Kept, now: datetime) -> InForce:
    """What holds of a talent and is not kept.

    Args:
        record: the talent.
        said: what people said about them, in the order in which they did.
        kept: what is kept of everybody.
        now: a lock that has run out by then is no loss.
    """
    lost = without_kept(in_force(said), record, kept.disconnected, now)
    stand_ins = (
        OptOut(one.platform or None, at=one.at, why=FORGOTTEN)
        for one in kept.forgotten
        if one.talent_id == record.talent.id and not record.policy.refuses(one.platform or None)
    )
    opt_outs = {one.platform: one for one in (*lost.policy.opt_outs, *stand_ins)}
    return replace(lost, policy=replace(lost.policy, opt_outs=tuple(opt_outs.values())))


def parted(
    record: TalentRecord, lost: InForce, steps: Iterable[HistoryEntry], known: Mapping[str, Picture]
) -> Lost:
    """What of it can be kept again as it was, and what cannot.

    Args:
        record: the talent.
        lost: what is not kept.
        steps: the last changes of what is shown; what came after a lock is not what was locked.
        known: the pictures on which people had decided, by the hash of their bytes, as far as they are known.
    """
    talent_id, policy, disconnected = record.talent.id, lost.policy, dict(lost.disconnected)
    undone: list[Undone] = []
    if policy.lock and _shows_another_since(policy.lock.at, steps):
        policy = replace(policy, lock=None)
        what = "a lock of another picture than is shown"
        undone.append(Undone(what, f"talentimg lock {talent_id}", f"talentimg unlock {talent_id}"))
    if policy.choice and MANUAL not in record.candidates:
        policy = replace(policy, choice=None)
        say, lift = f"talentimg set {talent_id} FILE", f"talentimg unset {talent_id}"
        undone.append(Undone("a chosen picture", say, lift))
    for one in lost.disconnected:
        if account := _connected(record, one):
            del disconnected[one]
            say = f"talentimg disconnect {talent_id} {one.platform}"
            lift = f"talentimg connect {talent_id} {one.platform} {account.handle}"
            undone.append(Undone(f"{one.platform} disconnected", say, lift))
    reviews = {key: _as_it_is_now(one, known.get(one.source_hash)) for key, one in lost.reviews.items()}
    return Lost(record, InForce(policy, disconnected, reviews), tuple(undone))


def _as_it_is_now(review: Review, picture: Picture | None) -> Review:
    """With what the picture looks like, and the name that our copy has by now."""
    if picture is None:
        return review
    return replace(review, content_hash=picture.content_hash, likeness=picture.likeness)


def _shows_another_since(at: datetime, steps: Iterable[HistoryEntry]) -> bool:
    """Whether another picture was shown after that, and not the same one made or written down anew."""
    return any(step.at > at and step.by not in {*SAME_PICTURE, BY_DOCTOR} for step in steps)


def _connected(record: TalentRecord, one: Disconnected) -> Account | None:
    account = record.talent.account(one.platform)
    if account and Disconnected.of(one.talent_id, account.platform, account.handle) == one:
        return account
    return None
