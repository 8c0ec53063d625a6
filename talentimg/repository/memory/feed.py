"""The feed of what is kept in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.repository.feed import page_of
from talentimg.repository.interface.feed import Feed
from talentimg.repository.memory.runs import MemoryRunLog

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import HistoryEntry, Reconnect, Run
    from talentimg.repository.interface.feed import FeedPage


class MemoryFeed(MemoryRunLog, Feed):
    """Numbers what the dictionaries hold. A step of a history keeps its number itself."""

    def __init__(self) -> None:
        super().__init__()
        self._told = 0
        self._told_reconnects: dict[int, int] = {}
        self._told_runs: dict[str, int] = {}

    def feed_page(self, after: int, *, limit: int) -> FeedPage:
        with self._lock:
            self._number()
            found: dict[int, HistoryEntry | Reconnect | Run] = {one.number: one for one in self._history}
            found |= {
                place: self._reconnects[key]
                for key, place in self._told_reconnects.items()
                if key in self._reconnects
            }
            found |= {place: self._runs[key] for key, place in self._told_runs.items() if key in self._runs}
            return page_of({place: one for place, one in found.items() if place > after}, after, limit)

    def feed_start(self, since: datetime) -> int:
        entries = self.feed_page(0, limit=self.feed_end() + 1).entries
        return min((one.number for one in entries if one.at >= since), default=self.feed_end() + 1) - 1

    def feed_end(self) -> int:
        with self._lock:
            self._number()
            return self._told

    def _number(self) -> None:
        self._history = [one if one.number else replace(one, number=self._next()) for one in self._history]
        for key in self._reconnects.keys() - self._told_reconnects.keys():
            self._told_reconnects[key] = self._next()
        for run_id in sorted(self._runs.keys() - self._told_runs.keys()):
            if self._runs[run_id].ended_at is not None:
                self._told_runs[run_id] = self._next()

    def _next(self) -> int:
        self._told += 1
        return self._told
