"""Reads what is known about talents and pictures from a SQLite file.

Ids and hashes are passed as one JSON list, so that a statement can take any number of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.models import State
from talentimg.models.likeness import all_halves
from talentimg.repository import stored
from talentimg.repository.stored import to_text
from talentimg.repository.stored_results import (
    PictureRows,
    candidates_from,
    history_from,
    holder_from,
    picture_from,
)
from talentimg.repository.stored_reviews import reviews_from
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from talentimg.models import Account, HistoryEntry, Picture, TalentRecord
    from talentimg.repository.interface import Holder, RosterRow

# The name that the agency shows, or the plain one if there is none.
NAME = """coalesce(nullif(t."displayName", ''), t.name, '') AS name"""

_POLICY = """
p.lock_by, p.lock_at, p.lock_why, p.lock_until, p.source_order, p.order_by, p.order_at, p.order_why,
p.opted_out, p.opt_outs, p.choice_by, p.choice_at, p.choice_why, p.note
"""

_TALENTS = f"""
SELECT t.id, {NAME}, t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt",
       u.email, u."avatarUrl",
       s.source AS own_source, s.url AS own_url, s.content_hash AS own_hash,
       s.question AS own_question,
       {_POLICY}
FROM json_each(?) AS wanted
JOIN "Talent" AS t ON t.id = wanted.value
LEFT JOIN "User" AS u ON u.id = t."userId"
LEFT JOIN talentimg_selections AS s ON s.talent_id = t.id
LEFT JOIN talentimg_policies AS p ON p.talent_id = t.id
"""  # noqa: S608  made of constants

# If the app has two rows for one platform, spelt differently, the one that was changed last counts.
_ACCOUNTS = """
SELECT a.id, a."creatorId", a.platform, a.handle, a."profileUrl", a."accessToken", a."refreshToken",
       a."expiresAt", k.handle AS known_handle, k.external_id, k.renamed_to
FROM json_each(?) AS wanted
JOIN "SocialAccountConnection" AS a ON a."creatorId" = wanted.value
LEFT JOIN talentimg_accounts AS k ON k.account_id = a.id
WHERE a.connected
ORDER BY a."creatorId", lower(a.platform), a."updatedAt", a.id
"""

_CANDIDATES = """
SELECT c.* FROM json_each(?) AS wanted
JOIN talentimg_candidates AS c ON c.talent_id = wanted.value
ORDER BY c.talent_id, c.source
"""

_REVIEWS = """
SELECT r.* FROM json_each(?) AS wanted JOIN talentimg_reviews AS r ON r.talent_id = wanted.value
"""
_PICTURES_OF = """
SELECT p.* FROM (
    SELECT c.content_hash FROM json_each(:ids) AS wanted
    JOIN talentimg_candidates AS c ON c.talent_id = wanted.value
    UNION SELECT s.content_hash FROM json_each(:ids) AS wanted
    JOIN talentimg_selections AS s ON s.talent_id = wanted.value
) AS w
JOIN talentimg_pictures AS p ON p.content_hash = w.content_hash
"""

_ROSTER = f"""
SELECT t.id, {NAME}, t."profileImageUrl", t."profileImageSource", t."lastProfileImageSyncAt", {_POLICY}
FROM "Talent" AS t LEFT JOIN talentimg_policies AS p ON p.talent_id = t.id
"""  # noqa: S608  made of constants

_PAGE = 'SELECT t.id FROM "Talent" AS t'
_COUNT = 'SELECT count(*) AS number FROM "Talent"'
_HISTORY = """
SELECT * FROM talentimg_history WHERE talent_id = ? ORDER BY changed_at DESC, id DESC LIMIT ?
"""
_LATEST_CHANGES = """
SELECT h.* FROM json_each(?) AS wanted JOIN talentimg_history AS h ON h.id = (
    SELECT id FROM talentimg_history WHERE talent_id = wanted.value ORDER BY changed_at DESC, id DESC LIMIT 1
)
"""
_PICTURE = "SELECT * FROM talentimg_pictures WHERE content_hash = ?"
_PICTURES_BY_SOURCE = """
SELECT * FROM talentimg_pictures WHERE source_hash IN (SELECT value FROM json_each(?))
ORDER BY created_at, content_hash
"""
_ABSENCES = """
SELECT s.source, count(*) AS shown, count(c.talent_id) AS gone FROM talentimg_selections AS s
LEFT JOIN talentimg_candidates AS c ON c.talent_id = s.talent_id AND c.source = s.source
    AND c.state = :state AND c.checked_at >= :since
WHERE s.source IN (SELECT value FROM json_each(:sources))
    AND (s.content_hash IS NOT NULL OR s.url IS NOT NULL)
GROUP BY s.source
"""
_HOLDERS = """
SELECT c.*, p.likeness FROM (
    SELECT value AS content_hash FROM json_each(:hashes)
    UNION SELECT content_hash FROM talentimg_pictures
    WHERE substr(likeness, 1, 8) IN (SELECT value FROM json_each(:first))
    UNION SELECT content_hash FROM talentimg_pictures
    WHERE substr(likeness, 9, 8) IN (SELECT value FROM json_each(:second))
) AS w
JOIN talentimg_candidates AS c ON c.content_hash = w.content_hash
LEFT JOIN talentimg_pictures AS p ON p.content_hash = c.content_hash
ORDER BY c.source, c.content_hash, c.talent_id
"""


def records(connection: sqlite3.Connection, talent_ids: Iterable[str]) -> dict[str, TalentRecord]:
    """The records of these talents, by id; unknown ids are left out."""
    wanted = _wanted(dict.fromkeys(talent_ids))
    people = connection.execute(_TALENTS, [wanted]).fetchall()
    accounts = stored.accounts_from(connection.execute(_ACCOUNTS, [wanted]))
    candidates = candidates_from(connection.execute(_CANDIDATES, [wanted]))
    reviews = reviews_from(connection.execute(_REVIEWS, [wanted]))
    pictures = PictureRows(connection.execute(_PICTURES_OF, {"ids": wanted}))
    looks = pictures.looks()
    return {
        row["id"]: stored.record_from(
            row,
            accounts.get(row["id"], ()),
            candidates.get(row["id"], {}),
            reviews=reviews.get(row["id"], ()),
            looks=looks,
            pictures=pictures,
        )
        for row in people
    }


def accounts(connection: sqlite3.Connection, talent_ids: Iterable[str]) -> dict[str, list[Account]]:
    """The connected accounts of each talent."""
    return stored.accounts_from(connection.execute(_ACCOUNTS, [_wanted(talent_ids)]))


def roster(connection: sqlite3.Connection, after: str | None, limit: int) -> list[RosterRow]:
    """A page of the roster, sorted by id, starting after the given id."""
    talents = _page(connection, _ROSTER, after, limit)
    connected = accounts(connection, [row["id"] for row in talents])
    return [stored.roster_row_from(row, connected.get(row["id"], ())) for row in talents]


def page(connection: sqlite3.Connection, after: str | None, limit: int) -> list[str]:
    """The ids of such a page."""
    return [row["id"] for row in _page(connection, _PAGE, after, limit)]


def _page(connection: sqlite3.Connection, select: str, after: str | None, limit: int) -> list[sqlite3.Row]:
    where = "" if after is None else "WHERE t.id > :after"
    statement = f"{select} {where} ORDER BY t.id LIMIT :limit"
    return connection.execute(statement, {"after": after, "limit": limit}).fetchall()


def count(connection: sqlite3.Connection) -> int:
    """How many talents there are."""
    return int(connection.execute(_COUNT).fetchone()["number"])


def picture(connection: sqlite3.Connection, content_hash: str) -> Picture | None:
    """The picture with this content hash, if there is one."""
    rows = connection.execute(_PICTURE, [content_hash])
    return next(map(picture_from, rows), None)


def pictures_by_source(connection: sqlite3.Connection, source_hashes: Sequence[str]) -> dict[str, Picture]:
    """The picture last made from each of these source bytes, by source hash, as far as known."""
    rows = connection.execute(_PICTURES_BY_SOURCE, [json.dumps(list(source_hashes))])
    return {row["source_hash"]: picture_from(row) for row in rows}


def history(connection: sqlite3.Connection, talent_id: str, limit: int) -> list[HistoryEntry]:
    """The latest changes to what is shown for a talent, newest first."""
    return [history_from(row) for row in connection.execute(_HISTORY, [talent_id, limit])]


def latest_changes(connection: sqlite3.Connection, talent_ids: Iterable[str]) -> dict[str, HistoryEntry]:
    """The last entry in the history of each of these talents."""
    found = map(history_from, connection.execute(_LATEST_CHANGES, [_wanted(talent_ids)]))
    return {entry.talent_id: entry for entry in found}


def holders(
    connection: sqlite3.Connection, content_hashes: Iterable[str], likenesses: Iterable[str | None]
) -> list[Holder]:
    """Everybody for whom a source offers one of these pictures, or one that may look like one of these."""
    first, second = all_halves(likenesses)
    names = {"hashes": _wanted(content_hashes), "first": json.dumps(first), "second": json.dumps(second)}
    return [holder_from(row) for row in connection.execute(_HOLDERS, names)]


def absences(
    connection: sqlite3.Connection, sources: Iterable[str], since: datetime
) -> dict[str, tuple[int, int]]:
    """By source, how many show a picture of it, and of how many of them it is gone."""
    names = {"sources": _wanted(sources), "state": State.ABSENT, "since": to_text(since)}
    rows = connection.execute(_ABSENCES, names)
    return {row["source"]: (row["shown"], row["gone"]) for row in rows}


def _wanted(names: Iterable[str]) -> str:
    return json.dumps([name for name in names if is_storable(name)])
