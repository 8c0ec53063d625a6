"""Pictures that wait for a person, kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import ReviewState
from talentimg.repository.interface import Reviews
from talentimg.repository.interface.reviews import REVIEW_PAGE
from talentimg.repository.memory.state import MemoryState
from talentimg.repository.stored_reviews import parted

if TYPE_CHECKING:
    from talentimg.models import Review
    from talentimg.repository.interface import Change


class MemoryReviews(MemoryState, Reviews):
    """Keeps them by talent, source and bytes."""

    def waiting(self, *, after: str | None = None, limit: int = REVIEW_PAGE) -> list[Review]:
        with self._lock:
            waiting = sorted(self._waiting(), key=lambda one: one.talent_id)
            return [one for one in waiting if one.talent_id > (after or "")][:limit]

    def _waiting(self) -> list[Review]:
        known = (one for one in self._reviews.values() if one.talent_id in self._talents)
        return [one for one in known if one.state is ReviewState.WAITING]

    def _reviews_of(self, talent_id: str) -> list[Review]:
        return [one for one in self._reviews.values() if one.talent_id == talent_id]

    def _save_reviews(self, change: Change) -> None:
        kept, withdrawn = parted([change])
        is_newer = any(one.state is ReviewState.WAITING for one in kept)
        gone = {one.key for one in withdrawn}
        for one in self._reviews_of(change.talent_id):
            if one.state is ReviewState.WAITING and (is_newer or one.key in gone):
                del self._reviews[one.talent_id, *one.key]
        self._reviews |= {(one.talent_id, *one.key): one for one in kept}
