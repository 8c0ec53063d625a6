"""The port to the pictures that wait for a person. What is written of them is in `Change.reviews`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.models import Review

REVIEW_PAGE: Final = 500


class Reviews(ABC):
    """Knows whose pictures wait. Those of one talent, and what was said of them, are in their record."""

    @abstractmethod
    def waiting(self, *, after: str | None = None, limit: int = REVIEW_PAGE) -> list[Review]:
        """A page of the pictures that wait, at most one for each talent, sorted by their ids.

        Those of talents who are no longer on the roster are left out.

        Args:
            after: the talent with whom the page before ended.
            limit: the most of a page.
        """

    def all_waiting(self) -> Iterator[Review]:
        """All of them, read a page at a time."""
        page = self.waiting()
        while page:
            yield from page
            page = self.waiting(after=page[-1].talent_id)
