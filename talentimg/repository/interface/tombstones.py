"""The port to the record of whom, and what of them, talentimg was told to forget."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from talentimg.models import AuditEntry
    from talentimg.repository.interface.values import Forgotten


class Tombstones(ABC):
    """Keeps the forgotten from coming back. What is kept names nobody: only who knows the id can ask.

    `Roster.add` and `Roster.connect` refuse whom and what is forgotten, `Roster.update` passes over it.
    """

    @abstractmethod
    def forgotten(self, what: Iterable[tuple[str, str | None]]) -> list[Forgotten]:
        """Which of these are forgotten, sorted.

        Args:
            what: ids of talents, each with a platform, or with None for the talent as a whole.
        """

    @abstractmethod
    def remember(
        self, what: Iterable[tuple[str, str | None]], now: datetime, entry: AuditEntry
    ) -> list[Forgotten]:
        """Take the word back that these are to be forgotten; nothing of them comes back by that.

        What was opted out of because of it is opted in again.

        Args:
            what: as with `forgotten`, all of one talent.
            now: the current time.
            entry: what a person said; kept if there was anything to remember.

        Returns:
            What was forgotten until now, sorted.
        """
