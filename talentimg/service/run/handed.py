"""A wish that somebody else keeps, such as a job of an engine: looked at as any, and settled by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from talentimg.repository.interface.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Wish, WishCount


@dataclass
class HandedWishes(Wishes):
    """Gives out what it was handed, once. `again_at` is when it is to be tried again; None if it is done."""

    counts: Wishes
    wishes: list[Wish]
    again_at: datetime | None = field(default=None, init=False)

    def take(self, now: datetime, until: datetime, *, limit: int) -> list[Wish]:  # noqa: ARG002  the port's
        taken, self.wishes = self.wishes[:limit], self.wishes[limit:]
        return taken

    def finish(self, wishes: Sequence[Wish]) -> None:
        """Whoever handed them over learns of it by `again_at`."""

    def put_back(self, wishes: Sequence[Wish], due_at: datetime) -> None:
        if wishes:
            self.again_at = due_at

    def release(self) -> None:
        """It holds none but what it was handed."""

    def wish(self, talent_ids: Sequence[str]) -> None:
        self.counts.wish(talent_ids)

    def count(self, now: datetime) -> WishCount:
        return self.counts.count(now)

    def is_told(self) -> bool:
        return self.counts.is_told()

    def stamp(self) -> int | None:
        return self.counts.stamp()

    def add_counts(self, day: str, counts: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
        return self.counts.add_counts(day, counts)
