"""The port to the roster: who is on it, with which accounts, and what a person decided about them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from talentimg.models import INITIALS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.models import Account, Policy, TalentRecord, Token


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as it is first told to us."""

    platform: str
    handle: str
    profile_url: str | None = None
    token: Token | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NewTalent:
    """A talent as it is first told to us."""

    id: str
    name: str
    email: str | None = None
    avatar_url: str | None = None
    accounts: tuple[NewAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One line of the roster, for listings."""

    talent_id: str
    name: str
    platforms: tuple[str, ...]
    source: str = INITIALS
    url: str | None = None
    synced_at: datetime | None = None


class Roster(ABC):
    """Keeps who is on the roster."""

    @abstractmethod
    def add(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """Add talents, all or none.

        Raises:
            UsageError: an id is taken, or stands twice in the call; the message names it.
        """

    @abstractmethod
    def update(self, talents: Sequence[NewTalent], now: datetime) -> None:
        """Add talents or bring those with the same id up to date, all or none.

        Accounts that the new data does not name stay as they are; what the data leaves out
        (None) is not erased. An account whose handle changes forgets what was learnt about the old one.
        """

    @abstractmethod
    def load(self, talent_id: str) -> TalentRecord:
        """Everything about one talent; only connected accounts are included.

        Raises:
            TalentNotFound: no such talent.
        """

    @abstractmethod
    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        """The records of those of these talents that exist, in the order asked for."""

    @abstractmethod
    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        """A page of the roster by id, after the given id."""

    @abstractmethod
    def count(self) -> int:
        """How many talents there are."""

    @abstractmethod
    def connect(self, talent_id: str, account: NewAccount, now: datetime) -> Account:
        """Connect an account, in place of the one on the same platform if there is one.

        With another handle than before, what was learnt about the old account is forgotten: its
        candidate and stable id go. With the same handle nothing is lost, and the token is
        kept unless a new one is given.

        Raises:
            TalentNotFound: no such talent.
        """

    @abstractmethod
    def disconnect(self, talent_id: str, platform: str, now: datetime) -> bool:
        """Disconnect an account and drop its candidate; False when none was connected.

        The account row stays (not connected), without its tokens.

        Raises:
            TalentNotFound: no such talent.
        """

    @abstractmethod
    def save_token(self, account: Account, token: Token) -> None:
        """Keep a refreshed token, unless the account was replaced meanwhile. On return it is durable."""

    @abstractmethod
    def save_policy(self, talent_id: str, policy: Policy) -> None:
        """Keep a person's say about a talent.

        Raises:
            TalentNotFound: no such talent.
        """
