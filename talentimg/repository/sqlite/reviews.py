"""Pictures that wait for a person, kept in a SQLite file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.models import ReviewState
from talentimg.repository.interface import Reviews
from talentimg.repository.interface.reviews import REVIEW_PAGE
from talentimg.repository.sqlite.backend import SqliteBackend
from talentimg.repository.stored_reviews import parted, review_from, review_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.models import Picture, Review
    from talentimg.repository.interface import Change
    from talentimg.repository.sqlite.database import Database

_WAITING = """
FROM talentimg_reviews AS r JOIN "Talent" AS t ON t.id = r.talent_id WHERE r.state = 'waiting'
"""
_PAGE = f"SELECT r.* {_WAITING} AND r.talent_id > ? ORDER BY r.talent_id LIMIT ?"
_WITHDRAW = """
DELETE FROM talentimg_reviews WHERE talent_id = ? AND source = ? AND source_hash = ? AND state = 'waiting'
"""
_REPLACE = "DELETE FROM talentimg_reviews WHERE talent_id = ? AND state = 'waiting'"
_RECUT = """
UPDATE talentimg_reviews SET content_hash = :new, likeness = :likeness
WHERE content_hash = :old AND talent_id IN (SELECT value FROM json_each(:ids))
"""


class SqliteReviews(SqliteBackend, Reviews):
    """The part of the repository that keeps them."""

    def waiting(self, *, after: str | None = None, limit: int = REVIEW_PAGE) -> list[Review]:
        with self._reading() as connection:
            return [review_from(row) for row in connection.execute(_PAGE, [after or "", limit])]


def save_reviews(db: Database, changes: Sequence[Change]) -> None:
    """Write what waits and what was decided. A picture that waits takes the place of another one that did."""
    kept, withdrawn = parted(changes)
    db.conn.executemany(_WITHDRAW, [(one.talent_id, one.source, one.source_hash) for one in withdrawn])
    newer = [(one.talent_id,) for one in kept if one.state is ReviewState.WAITING]
    db.conn.executemany(_REPLACE, newer)
    rows = map(review_row, kept)
    db.table("talentimg_reviews").upsert_all(rows, pk=("talent_id", "source", "source_hash"))


def recut_reviews(db: Database, old: Picture, new: Picture, talent_ids: Sequence[str]) -> None:
    """What was said of a picture goes on for another cut of it, for those who are given that."""
    names = {"new": new.content_hash, "likeness": new.likeness, "old": old.content_hash}
    db.execute(_RECUT, {**names, "ids": json.dumps(talent_ids)})
