"""The port to what people have decided about talents, and to the record of who said what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.models import AuditEntry, Policy


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
