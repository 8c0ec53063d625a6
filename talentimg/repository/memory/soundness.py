"""Whether rows, objects and clocks fit together, in memory; and whose a picture is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.repository import in_use
from talentimg.repository.interface import Soundness
from talentimg.repository.memory.keeping import MemoryKeeping

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from talentimg.models import HistoryEntry
    from talentimg.repository.interface import PictureInUse


class MemorySoundness(MemoryKeeping, Soundness):
    """Looks through the dictionaries."""

    def pictures_in_use(self, *, after: str | None, limit: int) -> list[PictureInUse]:
        with self._lock:
            used = {use.content_hash for use in self._uses()} & self._pictures.keys()
            page = [self._pictures[h] for h in sorted(used) if h > (after or "")][:limit]
            return in_use.with_users(page, self._users(None))

    def known_pictures(self, content_hashes: Collection[str]) -> set[str]:
        with self._lock:
            return self._pictures.keys() & set(content_hashes)

    def latest_changes(self, talent_ids: Collection[str]) -> dict[str, HistoryEntry]:
        with self._lock:
            # The sort is stable: of two changes at the same time, the one written later counts.
            steps = sorted(enumerate(self._history, start=1), key=lambda step: step[1].at)
            return {e.talent_id: replace(e, number=i) for i, e in steps if e.talent_id in set(talent_ids)}

    def database_time(self) -> datetime | None:
        """It has none of its own."""
        return None

    def _uses(self) -> Iterator[in_use.Use]:
        for talent_id, talent in self._talents.items():
            for candidate in talent.candidates.values():
                if candidate.content_hash is not None:
                    yield in_use.Use(candidate.content_hash, talent_id, is_offered=True)
            if talent.selection.content_hash is not None:
                yield in_use.Use(talent.selection.content_hash, talent_id, is_offered=False)

    def _users(self, now: datetime | None) -> dict[str, frozenset[str]]:
        records = {record.talent.id: record for record in self.load_many(list(self._talents))}
        return in_use.users(self._uses(), records, now)
