"""The port to the roster: talents, their accounts, and what people have decided about them."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from talentimg.repository.interface.keeping import Keeping

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from talentimg.models import Account, AuditEntry, TalentRecord, Token
    from talentimg.repository.interface.values import Disconnected, NewAccount, NewTalent, RosterRow

ROSTER_PAGE: Final = 1000
"""The rows of a page of `everybody`."""


class Roster(Keeping):
    """Keeps the talents and their accounts."""

    @abstractmethod
    def add(self, talents: Sequence[NewTalent], now: datetime, *, said: Sequence[AuditEntry] = ()) -> None:
        """Add talents: all of them, or none, and what people said with them.

        Raises:
            UsageError: an id is already taken or forgotten, or appears twice in this call, or a platform of
                theirs is forgotten; the message names it.
        """

    @abstractmethod
    def load(self, talent_id: str) -> TalentRecord:
        """Everything about one talent; only connected accounts are included.

        Raises:
            TalentForgotten: there is none, as they are forgotten.
            TalentNotFound: there is no such talent.
        """

    @abstractmethod
    def load_many(self, talent_ids: Sequence[str]) -> list[TalentRecord]:
        """The records of these talents, in the order of the ids; unknown ids are skipped."""

    @abstractmethod
    def roster(self, *, after: str | None = None, limit: int = 500) -> list[RosterRow]:
        """A page of the roster, sorted by id, starting after the given id."""

    def everybody(self) -> Iterator[RosterRow]:
        """The whole roster, sorted by id, read a page at a time: memory does not grow with it.

        Who is added or removed meanwhile may be missing or not; everybody else comes once.
        """
        page = self.roster(limit=ROSTER_PAGE)
        while page:
            yield from page
            page = self.roster(after=page[-1].talent_id, limit=ROSTER_PAGE)

    @abstractmethod
    def count(self) -> int:
        """How many talents there are."""

    @abstractmethod
    def connect(
        self, talent_id: str, account: NewAccount, now: datetime, *, said: AuditEntry | None = None
    ) -> Account:
        """Connect an account, replacing the talent's account on the same platform if there is one.

        If the handle differs, what was learnt about the old account is forgotten: its candidate and
        stable id are deleted. If it is the same, nothing is lost, and the token is kept unless a new
        one is given. That a person disconnected it is forgotten. What the person `said` is kept with it.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: they, or what is of the platform, are forgotten.
        """

    @abstractmethod
    def disconnect(
        self, talent_id: str, platform: str, now: datetime, *, said: AuditEntry | None = None
    ) -> bool:
        """Disconnect an account and delete its candidate; False if none was connected.

        The account's row stays, marked as not connected and without its tokens. That a person did this
        is remembered until a person connects the account again, and what they `said` is kept with it.

        Raises:
            TalentNotFound: there is no such talent.
        """

    @abstractmethod
    def disconnected(self, talent_ids: Sequence[str]) -> set[Disconnected]:
        """The accounts of these talents that a person has disconnected.

        One that the agency's app has connected again since is among them.
        """

    @abstractmethod
    def save_token(self, account: Account, token: Token) -> Token | None:
        """Keep a refreshed token in place of `account.token`. It is durable on return.

        Whoever wrote another one meanwhile knows better: a person who connected again, or a process that
        refreshed it before us. Theirs stays. Grants are told apart by their access and refresh tokens.

        Returns:
            The token that the account has now; None if the account has been disconnected or replaced.
        """
