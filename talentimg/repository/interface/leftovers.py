"""The port to what nobody needs any more: rows without a talent, pictures without a use, stray objects.

An object is removed in three steps, so that none is lost that a sync is about to name: it is announced
(`announce`, or by what removes the last row that names it); what a picture names all the same is spared; and
when the object is gone that is said too (`removed`). From the announcement on, `Results.save` takes a change
that names the object for out of date, so that its talent is looked at again and the object stored again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.repository.interface.values import Aged, Dropped, NamedPage, Page


class Leftovers(ABC):
    """Finds what nobody needs any more, and removes it once it has been so for a while."""

    # -- since when nobody needs it ---------------------------------------------

    @abstractmethod
    def missing_talents(self, now: datetime, *, after: str | None, limit: int) -> Page:
        """A page of the ids that our rows name; those who are not on the roster are noted with the time."""

    @abstractmethod
    def unused_pictures(self, now: datetime, *, after: str | None, limit: int) -> Page:
        """A page of the pictures, by content hash; those that nobody uses are noted with the time.

        A picture is used by what a source offers, what is shown, history and reviews.
        """

    @abstractmethod
    def drop_stray_accounts(self, *, after: str | None, limit: int) -> Page:
        """Remove what was learnt of accounts that the roster no longer has; a page of the accounts' ids."""

    @abstractmethod
    def drop_pictures(self, content_hashes: Sequence[str], now: datetime) -> Dropped:
        """Remove the rows of those of these pictures that nobody uses, and announce their objects."""

    # -- objects ----------------------------------------------------------------

    @abstractmethod
    def named_objects(self, *, after: str | None, limit: int) -> NamedPage:
        """A page of the pictures, by content hash, with the objects that their rows name.

        Read to the end, every row that was there throughout was read once.
        """

    @abstractmethod
    def still_named(self, keys: Collection[str]) -> set[str]:
        """Which of these objects the row of a picture names. All rows are looked through."""

    @abstractmethod
    def announce(self, keys: Iterable[str], now: datetime) -> list[str]:
        """Say that these objects are about to be removed by us, which has to be done within `REMOVED_WITHIN`.

        Returns:
            Those of them that nobody else is removing.
        """

    @abstractmethod
    def announced(self) -> list[str]:
        """The objects that anybody has announced and not yet removed."""

    @abstractmethod
    def removers(self) -> list[tuple[str, int]]:
        """The processes, by host and id, that have announced objects which are not yet removed."""

    @abstractmethod
    def take_over(self, processes: Collection[tuple[str, int]], now: datetime) -> list[str]:
        """Announce anew, as ours, what these processes, who are dead, and we have announced and not removed.

        So is what was announced so long ago that whoever did it must be dead (`values.REMOVED_WITHIN`).
        """

    @abstractmethod
    def removed(self, keys: Collection[str], spared: Collection[str], now: datetime) -> None:
        """Say that announced objects are gone, and that others stay."""

    # -- what grows old ------------------------------------------------------------

    @abstractmethod
    def drop_aged(
        self, now: datetime, *, runs_before: datetime, history_before: datetime, limit: int
    ) -> Aged:
        """Remove runs that ended, what was shown and said, of before, and answers that are over.

        Of each at most `limit` rows.

        The last change of what is shown stays for each talent, and so do people's decisions that hold.
        """

    # -- how far a sweep has come ------------------------------------------------

    @abstractmethod
    def reached(self, parts: Collection[str]) -> Mapping[str, str]:
        """Where the last sweep has stopped, by those of these parts of its work that it has not finished."""

    @abstractmethod
    def save_reached(self, part: str, place: str | None, now: datetime) -> None:
        """Remember it; None: the part is done."""
