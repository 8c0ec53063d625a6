"""What only workers write, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from talentimg.models import MOST_COUNTED, Wish, WishCount
from talentimg.repository.interface.working import Working
from talentimg.repository.stored_work import FORGOTTEN_AFTER
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from talentimg.models import Worker


@dataclass
class _Kept:
    wish: Wish
    due_at: datetime | None = None
    is_taken: bool = False

    def is_free(self, now: datetime) -> bool:
        return self.due_at is None or self.due_at <= now


class MemoryWorking(Working):
    """Of one process; nobody else writes, so nothing is told."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._wishes: dict[int, _Kept] = {}
        self._workers: dict[str, Worker] = {}
        self._counts: dict[str, dict[str, tuple[int, int]]] = {}

    def take(self, now: datetime, until: datetime, *, limit: int) -> list[Wish]:
        taken: dict[str, Wish] = {}
        for kept in sorted(self._wishes.values(), key=lambda one: (one.wish.wished_at, one.wish.number)):
            talent_id = kept.wish.talent_id
            if not kept.is_free(now) or (talent_id not in taken and len(taken) == limit):
                continue
            del self._wishes[kept.wish.number]
            if talent_id not in taken:
                taken[talent_id] = replace(kept.wish, number=next(self._numbers))
        for wish in taken.values():
            self._wishes[wish.number] = _Kept(wish, normalise(until), is_taken=True)
        return list(taken.values())

    def finish(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            self._wishes.pop(wish.number, None)

    def put_back(self, wishes: Sequence[Wish], due_at: datetime) -> None:
        for wish in wishes:
            if self._wishes.pop(wish.number, None) is None:
                continue
            if not any(one.wish.talent_id == wish.talent_id for one in self._wishes.values()):
                again = replace(wish, tries=wish.tries + 1)
                self._wishes[wish.number] = _Kept(again, normalise(due_at))

    def release(self) -> None:
        for number, kept in self._wishes.items():
            if kept.is_taken:
                self._wishes[number] = _Kept(kept.wish)

    def wish(self, talent_ids: Sequence[str]) -> None:
        for talent_id in talent_ids:
            if not any(o.wish.talent_id == talent_id and o.due_at is None for o in self._wishes.values()):
                wish = Wish(talent_id, normalise(datetime.now(UTC)), number=next(self._numbers))
                self._wishes[wish.number] = _Kept(wish)

    def count(self, now: datetime) -> WishCount:
        waiting = [k.wish.wished_at for k in self._wishes.values() if not k.is_taken or k.is_free(now)]
        under_way = min(len(self._wishes) - len(waiting), MOST_COUNTED)
        return WishCount(min(len(waiting), MOST_COUNTED), min(waiting, default=None), under_way)

    def is_told(self) -> bool:
        return False

    def stamp(self) -> int | None:
        return None

    def add_counts(self, day: str, counts: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
        known = self._counts.get(day, {})
        for source, (shown, lost) in counts.items():
            before = known.get(source, (0, 0))
            known[source] = (before[0] + shown, before[1] + lost)
        self._counts = {day: known}
        return dict(known)

    def beat(self, worker: Worker) -> None:
        self._workers[worker.id] = normalise(worker)

    def leave(self, worker_id: str) -> None:
        self._workers.pop(worker_id, None)

    def workers(self, since: datetime) -> list[Worker]:
        newest = max((worker.seen_at for worker in self._workers.values()), default=since)
        for worker in list(self._workers.values()):
            if worker.seen_at < newest - FORGOTTEN_AFTER:
                del self._workers[worker.id]
        living = (worker for worker in self._workers.values() if worker.seen_at >= since)
        return sorted(living, key=lambda worker: (worker.started_at, worker.id))

    def close(self) -> None:
        """Nothing is open."""
