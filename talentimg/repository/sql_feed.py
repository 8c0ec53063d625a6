"""The feed on databases, as a port."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from talentimg.errors import CannotCreate
from talentimg.repository.interface.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.repository.interface.feed import FeedPage
    from talentimg.repository.sql import Sql

T = TypeVar("T")

# ruff: noqa: PLC0415  start-up time: few commands need it


class SqlFeed(Feed):
    """The part of a repository on a database that tells what happened."""

    @abstractmethod
    def _ask(self, work: Callable[[Sql], T]) -> T:
        """Run some work that only reads."""

    @abstractmethod
    def _carry_out(self, work: Callable[[Sql], T]) -> T:
        """Run some work in a transaction; it does no harm twice."""

    def feed_page(self, after: int, *, limit: int) -> FeedPage:
        from talentimg.repository import feed

        self._number()
        return self._ask(lambda sql: feed.page(sql, after, limit))

    def feed_start(self, since: datetime) -> int:
        from talentimg.repository import feed

        while self._number():
            pass
        return self._ask(lambda sql: feed.start(sql, since))

    def feed_end(self) -> int:
        from talentimg.repository import feed

        while self._number():
            pass
        return self._ask(feed.end)

    def _number(self) -> bool:
        """Number what waits; whether there was anything. Who may not write is told what has a number."""
        from talentimg.repository import feed

        if not self._ask(feed.has_waiting):
            return False
        try:
            self._carry_out(feed.number)
        except CannotCreate:
            return False
        return True
