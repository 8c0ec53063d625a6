"""Whether rows, objects and clocks fit together, in memory; and whose a picture is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository import in_use
from talentimg.repository.interface import Soundness
from talentimg.repository.memory.keeping import MemoryKeeping

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

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
