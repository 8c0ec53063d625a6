"""The port to the rows of the roster as people keep them, and to imports that can be taken back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface.entries import Follow, Import, Plan, Present, RosterEntry
    from talentimg.repository.interface.values import NewTalent

MOST_IMPORTS: Final = 10
"""How many imports can be taken back: what older ones changed is forgotten."""


class Keeping(ABC):
    """Keeps the rows of the roster, and what the latest imports made of them."""

    @abstractmethod
    def is_own(self) -> bool:
        """Whether the talents' table was made by talentimg, and is not another app's."""

    @abstractmethod
    def update(self, talents: Sequence[NewTalent], now: datetime, *, follow: Follow | None = None) -> None:
        """Add talents, or update those whose ids exist: all of them, or none.

        Accounts that the new data does not mention stay as they are, and None erases nothing; an empty text
        does. When an account's handle changes, everything learnt about the old one is forgotten. An account
        that a person has disconnected is left alone, unless the agency's app has connected it again. One that
        is not connected in the new data is taken only of somebody new.

        Args:
            talents: the talents as they should be.
            now: the current time.
            follow: says what else is written in the same transaction.

        Raises:
            OutOfDate: somebody is removing files of a picture that it names, which have to be stored again;
                nothing is written. Also what `follow` raises.
        """

    @abstractmethod
    def records(self, *, after: str | None = None, limit: int = 500) -> list[TalentRecord]:
        """Everything about a page of talents, sorted by id, starting after the given id."""

    @abstractmethod
    def entries(self, talent_ids: Sequence[str]) -> dict[str, RosterEntry]:
        """What the rows of these talents say, by id; unknown ids are left out."""

    @abstractmethod
    def present(self, talent_ids: Sequence[str]) -> Present:
        """The same, with what decides whether they can be put back as they were."""

    @abstractmethod
    def imports(self) -> list[Import]:
        """The latest imports, newest first."""

    @abstractmethod
    def take_back(self, import_id: str, now: datetime, plan: Plan, follow: Follow) -> None:
        """Undo an import, in one transaction with what follows from that.

        Raises:
            UsageError: it is gone, or was taken back already; also what `plan` raises.
        """
