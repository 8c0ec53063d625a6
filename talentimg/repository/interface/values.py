"""The values that go through the ports to the database, beside the models."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.models import INITIALS, Policy
from talentimg.models.question import handle_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Self

    from talentimg.models import (
        Account,
        AuditEntry,
        Candidate,
        HistoryEntry,
        Picture,
        Review,
        Selection,
        TalentRecord,
        Token,
    )


_NO_POLICY = Policy()
REMOVED_WITHIN: Final = timedelta(minutes=5)
"""An object is removed this soon after it was announced, or announced again. After twice that, whoever
announced it is believed to be dead."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that is to be connected."""

    platform: str
    handle: str
    profile_url: str | None = None
    token: Token | None = field(default=None, repr=False)
    connected: bool = True
    """Whether it is used. One that is not is only remembered."""


@dataclass(frozen=True, slots=True)
class NewTalent:
    """A talent who is to be added or brought up to date."""

    id: str
    name: str
    email: str | None = None
    avatar_url: str | None = None
    accounts: tuple[NewAccount, ...] = ()
    disconnected: tuple[Disconnected, ...] = ()
    """What a person has disconnected, before the talent came onto this roster."""


@dataclass(frozen=True, slots=True)
class Claims:
    """How many talents another process has leased, and until when at the latest."""

    host: str
    """Where the process runs; empty if its lease does not tell."""
    pid: int
    talents: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Disconnected:
    """An account that a person has disconnected. Made by `of`."""

    talent_id: str
    platform: str
    handle: str
    """What all its spellings have in common: see `handle_key`."""

    @classmethod
    def of(cls, talent_id: str, platform: str, handle: str) -> Self:
        """The same for every spelling of the platform and of the handle."""
        return cls(talent_id, platform.lower(), handle_key(handle))


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One line of the roster, for listings."""

    talent_id: str
    name: str
    platforms: tuple[str, ...]
    source: str = INITIALS
    url: str | None = None
    synced_at: datetime | None = None
    accounts: tuple[Account, ...] = field(default=(), repr=False, compare=False)
    policy: Policy = field(default=_NO_POLICY, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """The result of one sync of one talent; written completely or not at all.

    `drop` names the sources whose candidates are deleted. `picture` is the new picture row, if there
    is one. `selection` is what is shown from now on. `account_errors` pairs the id of each account
    that was asked with the sentence to show beside it (None: all is well).
    """

    talent_id: str
    selection: Selection
    candidates: tuple[Candidate, ...] = ()
    drop: tuple[str, ...] = ()
    picture: Picture | None = None
    history: HistoryEntry | None = None
    external_ids: tuple[tuple[str, str], ...] = ()
    """Pairs of an account id and the platform's stable id for the person, as a lookup found it."""
    account_errors: tuple[tuple[str, str | None], ...] = ()
    policy: Policy | None = None
    """What people have decided about the talent from now on; None if that stays as it is."""
    audit: tuple[AuditEntry, ...] = ()
    """What they said."""
    reviews: tuple[Review, ...] = ()
    """Pictures that wait for a person from now on, those on which one has decided, and those withdrawn."""
    renamed: tuple[tuple[str, str | None], ...] = ()
    """Pairs of an account id and what the platform calls the account now; None: as the roster does."""
    read: TalentRecord | None = field(default=None, repr=False)
    """The record that the change is based on. If it is out of date, nothing of the change is written."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A talent for whom a source offers a particular picture, and what that looks like."""

    candidate: Candidate
    likeness: str | None = None

    @property
    def order(self) -> tuple[str, str, str]:
        """Holders are told in the order of this."""
        one = self.candidate
        return one.source, one.content_hash or "", one.talent_id


@dataclass(frozen=True, slots=True)
class PictureInUse:
    """A picture, and the talents for whom a source offers it or who show it, sorted.

    Talents with a lock are left out, as what they show stays as it is.
    """

    picture: Picture
    talent_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Forgotten:
    """A talent, or one platform of theirs, that talentimg was told to forget."""

    talent_id: str
    platform: str
    """Empty: all of them."""
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many pictures lost their rows, and the objects that were announced because of it."""

    pictures: int = 0
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed: rows by table (ours by their short names), pictures; `shared` are in use elsewhere.

    `name` is what the talent was called, if there was one, and `words` are all their names, handles and
    addresses; they are kept nowhere.
    """

    name: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    dropped: Dropped = Dropped()
    shared: int = 0
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ErasedTalents:
    """Of how many talents everything was removed, and what was dropped with it."""

    talents: int = 0
    dropped: Dropped = Dropped()


@dataclass(frozen=True, slots=True)
class Merged:
    """What went from one talent to another, and what was left as the other has its own, each in words."""

    name: str
    into: str
    moved: tuple[str, ...]
    left: tuple[str, ...]
    erased: Erased


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a walk through names, in order: how many, which is the last, and which are needed by nobody.

    `unneeded` gives for each of those since when that is known. `dropped` are those that were removed.
    """

    size: int
    last: str | None
    unneeded: Mapping[str, datetime] = field(default_factory=dict)
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class NamedPage:
    """A page of a walk through pictures: how many, which is the last, and the objects that they name."""

    size: int
    last: str | None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aged:
    """How many rows were removed because of their age."""

    runs: int = 0
    history: int = 0
    audit: int = 0
    answers: int = 0
