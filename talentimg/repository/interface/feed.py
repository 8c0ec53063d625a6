"""The port to the feed: everything that happened, in one order in which nothing is ever skipped."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.models import FeedEntry


class FeedPage(NamedTuple):
    """Some entries, in order. `reached` is the number to go on with, `is_more` whether there is more."""

    entries: Sequence[FeedEntry]
    reached: int
    is_more: bool


class Feed(ABC):
    """Tells what happened. All methods are synchronous.

    Entries are numbered when they are first asked for, and not when they are written: a transaction that is
    slow to commit is told late, and never passed over by a reader who has come further. What was forgotten is
    told no more, and so is what was swept, but for the last that was shown for each talent.
    """

    @abstractmethod
    def feed_page(self, after: int, *, limit: int) -> FeedPage:
        """The entries after a number; two that come of one run are never told apart.

        Args:
            after: 0 for the beginning, else `reached` of the page before.
            limit: how many things that happened a page tells, at most.
        """

    @abstractmethod
    def feed_start(self, since: datetime) -> int:
        """A number after which everything comes that happened since a time, and perhaps some of before."""

    @abstractmethod
    def feed_end(self) -> int:
        """The number that the latest entry has, once what waits is numbered; 0 if there is none."""
