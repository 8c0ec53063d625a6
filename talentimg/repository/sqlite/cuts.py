"""Pictures that another rule cut, kept in a SQLite file.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.repository import in_use, leftovers, stored_results
from talentimg.repository.sqlite import reads, results, reviews
from talentimg.repository.sqlite.statements import SqliteSql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.models import Picture, TalentRecord
    from talentimg.repository.interface import PictureInUse
    from talentimg.repository.sqlite.database import Database

_PAGE = """
SELECT p.* FROM talentimg_pictures AS p
WHERE p.content_hash > :after AND p.width <> p.height AND p.crop IS NOT :crop AND EXISTS (
    SELECT 1 FROM talentimg_candidates AS c WHERE c.content_hash = p.content_hash
    UNION ALL SELECT 1 FROM talentimg_selections AS s WHERE s.content_hash = p.content_hash
)
ORDER BY p.content_hash LIMIT :limit
"""
_IN_USE = """
SELECT p.* FROM talentimg_pictures AS p
WHERE p.content_hash > :after AND EXISTS (
    SELECT 1 FROM talentimg_candidates AS c WHERE c.content_hash = p.content_hash
    UNION ALL SELECT 1 FROM talentimg_selections AS s WHERE s.content_hash = p.content_hash
)
ORDER BY p.content_hash LIMIT :limit
"""
_KNOWN = "SELECT content_hash FROM talentimg_pictures WHERE content_hash IN (SELECT value FROM json_each(?))"
_USES = """
SELECT content_hash, talent_id, 1 AS is_offered FROM talentimg_candidates
WHERE content_hash IN (SELECT value FROM json_each(:hashes))
UNION ALL
SELECT content_hash, talent_id, 0 AS is_offered FROM talentimg_selections
WHERE content_hash IN (SELECT value FROM json_each(:hashes))
"""
_RECUT_CANDIDATES = """
UPDATE talentimg_candidates SET content_hash = :new
WHERE content_hash = :old AND talent_id IN (SELECT value FROM json_each(:ids))
"""
_RECUT_SUSPECTS = """
UPDATE talentimg_suspects SET content_hash = :new, likeness = :likeness WHERE content_hash = :old
"""


def to_recut(
    connection: sqlite3.Connection, crop: str, now: datetime, after: str | None, limit: int
) -> list[PictureInUse]:
    """A page of the pictures in use that another rule cut."""
    rows = connection.execute(_PAGE, {"crop": crop, "after": after or "", "limit": limit})
    pictures = list(map(stored_results.picture_from, rows))
    users, _ = _users(connection, [picture.content_hash for picture in pictures], now)
    return in_use.with_users(pictures, users)


def pictures_in_use(connection: sqlite3.Connection, after: str | None, limit: int) -> list[PictureInUse]:
    """A page of the pictures that a source offers or somebody shows."""
    rows = connection.execute(_IN_USE, {"after": after or "", "limit": limit})
    pictures = list(map(stored_results.picture_from, rows))
    users, _ = _users(connection, [picture.content_hash for picture in pictures], None)
    return in_use.with_users(pictures, users)


def known_pictures(connection: sqlite3.Connection, hashes: Collection[str]) -> set[str]:
    """Those of these hashes that are the name of a picture's row."""
    return {row["content_hash"] for row in connection.execute(_KNOWN, [json.dumps(list(hashes))])}


def recut(db: Database, old: Picture, new: Picture, entry: in_use.Entry) -> list[str]:
    """Put a picture into the place of another cut of the same one."""
    if leftovers.in_the_way(SqliteSql(db), [new], entry.at):
        return []
    found, records = _users(db.conn, [old.content_hash], entry.at)
    users = sorted(found.get(old.content_hash, ()))
    db.table("talentimg_pictures").upsert(stored_results.picture_row(new), pk="content_hash")
    hashes = {"old": old.content_hash, "new": new.content_hash}
    db.execute(_RECUT_CANDIDATES, {**hashes, "ids": json.dumps(users)})
    db.execute(_RECUT_SUSPECTS, {**hashes, "likeness": new.likeness})
    reviews.recut_reviews(db, old, new, users)
    changes = in_use.recut_changes(old, new, [records[talent_id] for talent_id in users], entry)
    results.save_selections(db, changes)
    return users


def _users(
    connection: sqlite3.Connection, hashes: Sequence[str], now: datetime | None
) -> tuple[dict[str, frozenset[str]], dict[str, TalentRecord]]:
    rows = connection.execute(_USES, {"hashes": json.dumps(hashes)})
    uses = [in_use.Use(row["content_hash"], row["talent_id"], bool(row["is_offered"])) for row in rows]
    records = reads.records(connection, [use.talent_id for use in uses])
    return in_use.users(uses, records, now), records
