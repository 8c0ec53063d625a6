"""Pictures that wait for a person, kept on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import ReviewState
from talentimg.repository.interface import Reviews
from talentimg.repository.interface.reviews import REVIEW_PAGE
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.stored_reviews import parted, review_from, review_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.models import Picture, Review
    from talentimg.repository.interface import Change
    from talentimg.repository.postgres.database import Database

_WAITING: Final = """
FROM talentimg.reviews AS r JOIN @Talent AS t ON t.id = r.talent_id WHERE r.state = 'waiting'
"""
_PAGE: Final = f"""
SELECT r.* {_WAITING} AND r.talent_id COLLATE "C" > %(after)s
ORDER BY r.talent_id COLLATE "C" LIMIT %(limit)s
"""
_WITHDRAW: Final = """
DELETE FROM talentimg.reviews AS w USING json_populate_recordset(NULL::talentimg.reviews, %(rows)s) AS r
WHERE (w.talent_id, w.source, w.source_hash) = (r.talent_id, r.source, r.source_hash) AND w.state = 'waiting'
"""
_REPLACE: Final = "DELETE FROM talentimg.reviews WHERE talent_id = ANY(%(ids)s) AND state = 'waiting'"
_RECUT: Final = """
UPDATE talentimg.reviews SET content_hash = %(new)s, likeness = %(likeness)s
WHERE content_hash = %(old)s AND talent_id = ANY(%(ids)s)
"""


class PostgresReviews(PostgresBackend, Reviews):
    """The part of the repository that keeps them."""

    def waiting(self, *, after: str | None = None, limit: int = REVIEW_PAGE) -> list[Review]:
        def read(db: Database) -> list[Review]:
            return [review_from(row) for row in db.execute(_PAGE, after=after or "", limit=limit)]

        return self._read_once(read)


def save_reviews(db: Database, changes: Sequence[Change]) -> None:
    """Write what waits and what was decided. A picture that waits takes the place of another one that did."""
    kept, withdrawn = parted(changes)
    db.execute_rows(_WITHDRAW, [review_row(review) for review in withdrawn])
    if newer := [review.talent_id for review in kept if review.state is ReviewState.WAITING]:
        db.execute(_REPLACE, ids=newer)
    db.upsert("reviews", [review_row(one) for one in kept], ("talent_id", "source", "source_hash"))


def recut_reviews(db: Database, old: Picture, new: Picture, talent_ids: Sequence[str]) -> None:
    """What was said of a picture goes on for another cut of it, for those who are given that."""
    ids = list(talent_ids)
    db.execute(_RECUT, new=new.content_hash, likeness=new.likeness, old=old.content_hash, ids=ids)
