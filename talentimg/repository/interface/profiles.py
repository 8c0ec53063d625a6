"""The port for those who show talents to people: what is shown, each question one statement.

It is a port of its own because of its cost. Whoever syncs needs everything that is known of a talent, in a
transaction with what is written; a page needs what is shown, for many readers at once, and must wait for no
writer. So it has connections of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from talentimg.models import Rendition

TALENT_FACTS: Final = (
    "userId",
    "representationType",
    "status",
    "legalName",
    "primaryEmail",
    "managerId",
    "notes",
    "categories",
    "stage",
)
"""Columns that an app may have in its table of talents, and that its own pages show."""
ACCOUNT_FACTS: Final = ("lastSyncedAt", "createdAt")
USER_FACTS: Final = ("name", "role")
PAGE: Final = 500
"""The rows of a page of `whole_roster`."""


@dataclass(frozen=True, slots=True)
class AppUser:
    """A row of the app's table of users."""

    id: str
    email: str | None = None
    name: str | None = None
    avatar_url: str | None = None
    role: str | None = None
    """As the app writes it; None where it has no such column."""


@dataclass(frozen=True, slots=True)
class ProfileAccount:
    """An account as the app has it, connected or not. `platform` is spelt as the app spells it."""

    id: str
    talent_id: str
    platform: str
    handle: str
    profile_url: str | None = None
    connected: bool = True
    pictured: bool = False
    """Whether we have a picture from there."""
    synced_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is shown for a talent, and what the app tells of the person."""

    talent_id: str
    name: str
    display_name: str | None = None
    source: str = "initials"
    url: str | None = None
    """The address that the app was given."""
    content_hash: str | None = None
    """Of our copy; None if there is none, or the app's columns are not as we wrote them."""
    renditions: tuple[Rendition, ...] = ()
    """Its stored forms. A page of many does without them."""
    synced_at: datetime | None = None
    user: AppUser | None = None
    accounts: tuple[ProfileAccount, ...] = ()
    """Sorted by platform."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """The `TALENT_FACTS` that the app has, by name."""

    @property
    def shown_name(self) -> str:
        """The name that the agency shows, or the plain one if there is none."""
        return self.display_name or self.name

    @property
    def connected(self) -> tuple[ProfileAccount, ...]:
        """The accounts that are connected."""
        return tuple(account for account in self.accounts if account.connected)


class Profiles(ABC):
    """Reads what is shown. All methods are synchronous and may be called from several threads at once."""

    at_once: ClassVar[int] = 1
    """How many questions it works on at the same time. More than these wait for one another."""

    @abstractmethod
    def profile(self, talent_id: str) -> Profile | None:
        """What is shown for a talent; None if there is no such talent."""

    @abstractmethod
    def profile_of_user(self, user_id: str) -> Profile | None:
        """What is shown for the talent who is this user; None if none is."""

    @abstractmethod
    def profiles(
        self, *, before: str | None = None, limit: int = PAGE, representation: str | None = None
    ) -> list[Profile]:
        """A page of everybody, by id in descending order.

        Args:
            before: the id with which the page before ended.
            limit: the most of a page.
            representation: only those of this `representationType`. Where the app has none, nobody is.
        """

    def whole_roster(self, *, representation: str | None = None) -> Iterator[Profile]:
        """Everybody, by id in descending order, read a page at a time."""
        page = self.profiles(representation=representation)
        while page:
            yield from page
            page = self.profiles(before=page[-1].talent_id, representation=representation)

    @abstractmethod
    def account(self, account_id: str) -> ProfileAccount | None:
        """An account; None if there is no such account. It does not tell whether it is `pictured`."""

    @abstractmethod
    def user(self, user_id: str) -> AppUser | None:
        """A user of the app; None if there is no such user."""

    @abstractmethod
    def forms(self, content_hash: str, *, waiting: bool = False) -> tuple[Rendition, ...]:
        """The stored forms of a picture that is shown for somebody; empty if there is no such picture.

        Args:
            content_hash: of the picture.
            waiting: whether one that waits for review will do as well.
        """

    @abstractmethod
    def check(self) -> None:
        """Ask the store for nothing at all, to see whether it answers.

        Raises:
            TalentimgError: it does not.
        """

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""
