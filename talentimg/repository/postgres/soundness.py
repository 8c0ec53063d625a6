"""Whether all that Postgres keeps fits together, read for whoever examines it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.interface import Soundness
from talentimg.repository.postgres import cuts, reads
from talentimg.repository.postgres.backend import PostgresBackend

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from talentimg.models import HistoryEntry
    from talentimg.repository.interface import PictureInUse


class PostgresSoundness(PostgresBackend, Soundness):
    """The part of the repository that tells it."""

    def pictures_in_use(self, *, after: str | None, limit: int) -> list[PictureInUse]:
        return self._read(lambda db: cuts.pictures_in_use(db, after, limit))

    def known_pictures(self, content_hashes: Collection[str]) -> set[str]:
        return self._read_once(lambda db: cuts.known_pictures(db, content_hashes))

    def latest_changes(self, talent_ids: Collection[str]) -> dict[str, HistoryEntry]:
        return self._read_once(lambda db: reads.latest_changes(db, talent_ids))

    def database_time(self) -> datetime | None:
        return self._read_once(cuts.database_time)
