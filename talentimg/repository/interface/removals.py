"""The port to taking talents away: with everything that is known of them, or into another one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry
    from talentimg.repository.interface.values import Erased, ErasedTalents, Merged


class Removals(ABC):
    """Takes talents away. Each step is one transaction; objects are announced to be removed (`Leftovers`)."""

    @abstractmethod
    def erase(
        self, talent_id: str, now: datetime, *, platform: str | None = None, forgotten_by: str | None = None
    ) -> Erased:
        """Remove everything that we keep about a talent, whether there still is one or not.

        In a roster of our own, that is the talent as well. In another app's tables the rows stay, and what we
        have written into them is taken back. Pictures that nobody else uses lose their rows, and their
        objects are announced as being removed. What other rows say about the talent by name is taken out.

        Args:
            talent_id: whose it is.
            now: the current time.
            platform: only what is of this platform; what is shown must not be from it any more.
            forgotten_by: who said that it is to be forgotten for good; None: it may come again.
        """

    @abstractmethod
    def erase_missing(self, talent_ids: Sequence[str], now: datetime) -> ErasedTalents:
        """Remove everything that we keep about those of these talents who are not on the roster.

        All of them in one transaction. Whoever has come onto the roster meanwhile keeps everything.
        """

    @abstractmethod
    def traces(
        self, talent_id: str, platform: str | None = None, *, words: Collection[str] = ()
    ) -> Mapping[str, int]:
        """How many rows of each of our tables still speak of a talent; tables without any are left out.

        Args:
            talent_id: whom.
            platform: only of this platform of theirs.
            words: what they were called (`Erased.words`), which is looked for as well.
        """

    @abstractmethod
    def merge(self, talent_id: str, into: str, now: datetime, entry: AuditEntry) -> Merged:
        """Move what is known of one talent to another one who lacks it, and remove the first, all or nothing.

        Only for a roster of our own.

        Args:
            talent_id: who is removed.
            into: who stays.
            now: the current time.
            entry: what a person said; kept for the one who stays.

        Raises:
            TalentNotFound: one of them is not on the roster.
        """

    @abstractmethod
    def owes_wipe(self) -> bool:
        """Whether somebody was erased or merged since free space was last overwritten."""

    @abstractmethod
    def wipe_free_space(self) -> None:
        """Overwrite what deleted rows have left in the files of the database, as far as that is ours to do.

        Raises:
            StoreLocked: others are reading or writing, so it has to be done again.
        """
