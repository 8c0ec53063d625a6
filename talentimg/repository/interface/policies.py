"""The port to what people have decided about talents, and to the record of who said what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry, Policy
    from talentimg.repository.interface.values import Disconnected


class Policies(ABC):
    """Keeps people's decisions. What follows from one is written with it: see `Change.policy`."""

    @abstractmethod
    def save_policy(self, talent_id: str, policy: Policy) -> None:
        """Keep what a person has decided about a talent.

        Raises:
            TalentNotFound: there is no such talent.
        """

    @abstractmethod
    def save_audit(self, entries: Sequence[AuditEntry]) -> None:
        """Keep what people said, where nothing else is written with it."""

    @abstractmethod
    def audit(self, talent_id: str, *, limit: int = 50) -> list[AuditEntry]:
        """The latest of what people said about a talent, newest first."""

    @abstractmethod
    def said_of(self, talent_ids: Collection[str], actions: Collection[str]) -> dict[str, list[AuditEntry]]:
        """What people said about each of these talents, of these actions only, by id.

        In the order in which it was written, whatever the clocks of those who wrote it said. Of whom nothing
        was said is left out.
        """

    @abstractmethod
    def keep_disconnected(self, account: Disconnected, at: datetime) -> bool:
        """Keep that a person has disconnected an account then. No account's row changes.

        False, and nothing is kept, if it is connected, or the talent or the platform is forgotten or gone.
        """
