"""Pictures that another rule cut, kept on Postgres.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository import in_use, leftovers, stored_results
from talentimg.repository.postgres import reads, results, reviews
from talentimg.repository.postgres.statements import PostgresSql, join_writers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.models import Picture
    from talentimg.repository.interface import PictureInUse
    from talentimg.repository.postgres.database import Database

_PAGE: Final = """
SELECT p.* FROM talentimg.pictures AS p
WHERE p.content_hash > %(after)s AND p.width <> p.height AND p.crop IS DISTINCT FROM %(crop)s AND EXISTS (
    SELECT FROM talentimg.candidates AS c WHERE c.content_hash = p.content_hash
    UNION ALL SELECT FROM talentimg.selections AS s WHERE s.content_hash = p.content_hash
)
ORDER BY p.content_hash LIMIT %(limit)s
"""
_IN_USE: Final = """
SELECT p.* FROM talentimg.pictures AS p
WHERE p.content_hash > %(after)s AND EXISTS (
    SELECT FROM talentimg.candidates AS c WHERE c.content_hash = p.content_hash
    UNION ALL SELECT FROM talentimg.selections AS s WHERE s.content_hash = p.content_hash
)
ORDER BY p.content_hash LIMIT %(limit)s
"""
_KNOWN: Final = "SELECT content_hash FROM talentimg.pictures WHERE content_hash = ANY(%(hashes)s)"
_CLOCK: Final = "SELECT clock_timestamp() AS now"
_USES: Final = """
SELECT content_hash, talent_id, true AS is_offered FROM talentimg.candidates
WHERE content_hash = ANY(%(hashes)s)
UNION ALL
SELECT content_hash, talent_id, false AS is_offered FROM talentimg.selections
WHERE content_hash = ANY(%(hashes)s)
"""
_RECUT_CANDIDATES: Final = """
UPDATE talentimg.candidates SET content_hash = %(new)s
WHERE content_hash = %(old)s AND talent_id = ANY(%(ids)s)
"""
_RECUT_SUSPECTS: Final = """
UPDATE talentimg.suspects SET content_hash = %(new)s, likeness = %(likeness)s WHERE content_hash = %(old)s
"""


def to_recut(db: Database, crop: str, now: datetime, after: str | None, limit: int) -> list[PictureInUse]:
    """A page of the pictures in use that another rule cut."""
    rows = db.execute(_PAGE, crop=crop, after=after or "", limit=limit)
    pictures = list(map(stored_results.picture_from, rows))
    uses = _uses(db, [picture.content_hash for picture in pictures])
    records = reads.records(db, [use.talent_id for use in uses])
    return in_use.with_users(pictures, in_use.users(uses, records, now))


def pictures_in_use(db: Database, after: str | None, limit: int) -> list[PictureInUse]:
    """A page of the pictures that a source offers or somebody shows."""
    rows = db.execute(_IN_USE, after=after or "", limit=limit)
    pictures = list(map(stored_results.picture_from, rows))
    uses = _uses(db, [picture.content_hash for picture in pictures])
    records = reads.records(db, [use.talent_id for use in uses])
    return in_use.with_users(pictures, in_use.users(uses, records, None))


def known_pictures(db: Database, hashes: Collection[str]) -> set[str]:
    """Those of these hashes that are the name of a picture's row."""
    return {row["content_hash"] for row in db.execute(_KNOWN, hashes=list(hashes))}


def database_time(db: Database) -> datetime:
    """The time by the database's clock."""
    (row,) = db.execute(_CLOCK).fetchall()
    now: datetime = row["now"]
    return now


def recut(db: Database, old: Picture, new: Picture, entry: in_use.Entry) -> list[str]:
    """Put a picture into the place of another cut of the same one."""
    uses = _uses(db, [old.content_hash])
    ids = [use.talent_id for use in uses]
    db.lock_talents(ids)
    join_writers(db)
    if leftovers.in_the_way(PostgresSql(db), [new], entry.at):
        return []
    records = reads.records(db, ids)
    users = sorted(in_use.users(uses, records, entry.at).get(old.content_hash, ()))
    db.upsert("pictures", [results.picture_row(new)], ("content_hash",))
    db.execute(_RECUT_CANDIDATES, old=old.content_hash, new=new.content_hash, ids=users)
    db.execute(_RECUT_SUSPECTS, old=old.content_hash, new=new.content_hash, likeness=new.likeness)
    reviews.recut_reviews(db, old, new, users)
    changes = in_use.recut_changes(old, new, [records[talent_id] for talent_id in users], entry)
    results.save_selections(db, changes)
    return users


def _uses(db: Database, hashes: Sequence[str]) -> list[in_use.Use]:
    rows = db.execute(_USES, hashes=list(hashes))
    return [in_use.Use(row["content_hash"], row["talent_id"], row["is_offered"]) for row in rows]
