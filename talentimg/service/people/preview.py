"""What an import would do: who is new, changed, gone from the file, and connected again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentimg.service.people.accounts import asks_the_same
from talentimg.service.people.files.own import NO_POLICY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from talentimg.errors import LossLimitExceeded
    from talentimg.models import Policy, TalentRecord
    from talentimg.repository.interface import Disconnected, NewAccount, NewTalent, RosterRow
    from talentimg.service.people.left_out import ForgottenTalent, LeftOut


@dataclass(frozen=True, slots=True)
class Merge:
    """The talents of a file, checked, beside what is known of them.

    `taken` is what would be written, `replaced` whose shown picture would no longer be of the account or
    avatar on the roster, `disconnected` what persons have disconnected.
    """

    taken: tuple[NewTalent, ...]
    known: Mapping[str, TalentRecord]
    disconnected: frozenset[Disconnected]
    left_out: tuple[LeftOut, ...]
    replaced: tuple[str, ...]
    policies: Mapping[str, Policy]
    """What people decided about them elsewhere, as an export of ours tells it."""
    forgotten: tuple[ForgottenTalent, ...] = ()

    @property
    def wants_picture(self) -> tuple[str, ...]:
        """The ids of those for whom a picture was chosen elsewhere and none is here: it has to come along."""
        ids = (talent.id for talent in self.taken)
        return tuple(i for i in ids if self.policies.get(i, NO_POLICY).choice and not self._has_choice(i))

    def _has_choice(self, talent_id: str) -> bool:
        return talent_id in self.known and self.known[talent_id].policy.choice is not None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a talent, or a platform, before and after; None where there is nothing."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A talent on the roster whom the file changes, and whether the picture that is shown goes with it."""

    talent_id: str
    name: str
    changes: tuple[FieldChange, ...]
    loses_picture: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A talent by id and name."""

    talent_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Reconnected:
    """An account on a platform on which a person had disconnected another one."""

    talent_id: str
    platform: str
    handle: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. `gone` are on the roster and not in the file, and stay there."""

    new: tuple[Person, ...]
    changed: tuple[Changed, ...]
    reconnected: tuple[Reconnected, ...]
    left_out: tuple[LeftOut, ...]
    gone: tuple[Person, ...]
    unchanged: int
    forgotten: tuple[ForgottenTalent, ...] = ()
    refusal: LossLimitExceeded | None = None
    """Why the import would be refused, if it would."""


def previewed(
    merge: Merge, roster: Iterable[RosterRow], *, losses: Collection[str], refusal: LossLimitExceeded | None
) -> Preview:
    """What an import would do.

    Args:
        merge: what would be written.
        roster: everybody who is on the roster now.
        losses: the ids of those who would lose the picture that is shown.
        refusal: why the import would be refused.
    """
    changed = tuple(_changed(merge, losses))
    named = {talent.id for talent in merge.taken}
    return Preview(
        new=tuple(Person(t.id, t.name) for t in merge.taken if t.id not in merge.known),
        changed=changed,
        reconnected=tuple(reconnected(merge)),
        left_out=merge.left_out,
        gone=tuple(Person(row.talent_id, row.name) for row in roster if row.talent_id not in named),
        unchanged=len(merge.known) - len(changed),
        forgotten=merge.forgotten,
        refusal=refusal,
    )


def _changed(merge: Merge, losses: Collection[str]) -> Iterator[Changed]:
    for new in merge.taken:
        record = merge.known.get(new.id)
        if record and (changes := tuple(_changes(record, new))):
            yield Changed(new.id, new.name, changes, loses_picture=new.id in losses)


def _changes(record: TalentRecord, new: NewTalent) -> Iterator[FieldChange]:
    old = record.talent
    fields = (
        ("name", old.name, new.name),
        ("email", old.email, new.email),
        ("avatar_url", old.avatar_url, new.avatar_url),
    )
    yield from (FieldChange(f, before, after) for f, before, after in fields if after and after != before)
    for account in new.accounts:
        yield from _account_changes(record, account)


def _account_changes(record: TalentRecord, new: NewAccount) -> Iterator[FieldChange]:
    old = record.talent.account(new.platform)
    if old is None:
        yield FieldChange(new.platform, None, new.handle)
    elif not asks_the_same(old, new):
        yield FieldChange(new.platform, old.handle, new.handle)
    if old is not None and new.token is not None and new.token != old.token:
        yield FieldChange(f"{new.platform} token", None, "a new one")


def reconnected(merge: Merge) -> Iterator[Reconnected]:
    """Accounts of an import on platforms on which a person had disconnected one, and none is connected."""
    apart = {(one.talent_id, one.platform) for one in merge.disconnected}
    for talent in merge.taken:
        known = merge.known.get(talent.id)
        for account in talent.accounts:
            if (
                (talent.id, account.platform) in apart
                and known
                and not known.talent.account(account.platform)
            ):
                yield Reconnected(talent.id, account.platform, account.handle)
