"""Who is due, and who has claimed them: in a SQLite file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.repository import values
from talentimg.repository.lists import MARKS_LAST, NO_MARKS, List, Lists
from talentimg.repository.stored import claims_from, from_text, to_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from talentimg.models import Freshness
    from talentimg.repository.interface import Claims
    from talentimg.repository.lists import Marks
    from talentimg.repository.sqlite.database import Database

    Times = dict[str, str | int | None]

# The last part is for whoever still shows a picture from the only account or avatar there was.
_ASKABLE = """(
    EXISTS (SELECT 1 FROM "SocialAccountConnection" AS a WHERE a."creatorId" = t.id AND a.connected)
    OR EXISTS (SELECT 1 FROM "User" AS u WHERE u.id = t."userId" AND u."avatarUrl" <> '')
    OR EXISTS (
        SELECT 1 FROM talentimg_selections AS s WHERE s.talent_id = t.id
        AND s.source NOT IN ('initials', 'manual')
        AND (s.question IS NOT NULL OR s.content_hash IS NOT NULL)
    )
)"""

_FREE = """NOT EXISTS (
    SELECT 1 FROM talentimg_leases AS l WHERE l.talent_id = t.id AND l.until > :now AND l.until <= :longest
)"""

# Four lists, each of which an index gives in its order; one statement with OR would scan the whole index when
# nobody is due. No talent is in more than one of them.
# By name, as with statistics of another day the primary key could be walked instead: the whole roster.
_BY_LAST_LOOK = '"Talent" AS t INDEXED BY "Talent_lastProfileImageSyncAt_idx"'

_NEVER = List(
    "never",
    order="t.id",
    place="t.id",
    members=f"""FROM {_BY_LAST_LOOK} WHERE t."lastProfileImageSyncAt" IS NULL AND {_ASKABLE} AND {_FREE}""",
    first=f"""coalesce(
    (SELECT t.id FROM {_BY_LAST_LOOK} WHERE t."lastProfileImageSyncAt" IS NULL AND {_ASKABLE} {{span}}
     ORDER BY t.id LIMIT 1),
    (SELECT max(t.id) FROM {_BY_LAST_LOOK} WHERE t."lastProfileImageSyncAt" IS NULL))""",  # noqa: S608  made of constants
)
_STALE = List(
    "stale",
    order='t."lastProfileImageSyncAt", t.id',
    place='t."lastProfileImageSyncAt"',
    members=f"""FROM "Talent" AS t WHERE t."lastProfileImageSyncAt" < min(:before, :since)
    AND {_ASKABLE} AND {_FREE}""",
    first=f"""coalesce(
    (SELECT t."lastProfileImageSyncAt" FROM "Talent" AS t
     WHERE t."lastProfileImageSyncAt" < :settled AND {_ASKABLE} {{span}}
     ORDER BY t."lastProfileImageSyncAt" LIMIT 1),
    :settled)""",  # noqa: S608  made of constants
)
# Each talent once, with the earliest candidate.
_EARLY = List(
    "early",
    order="c.next_due_at, c.talent_id",
    place="c.next_due_at",
    members=f"""FROM talentimg_candidates AS c CROSS JOIN "Talent" AS t ON t.id = c.talent_id
    WHERE c.next_due_at <= :now AND NOT EXISTS (
        SELECT 1 FROM talentimg_candidates AS e WHERE e.talent_id = c.talent_id
        AND (e.next_due_at, e.source) < (c.next_due_at, c.source)
    )
    AND t."lastProfileImageSyncAt" >= :before AND t."lastProfileImageSyncAt" < min(:since, :ahead)
    AND {_ASKABLE} AND {_FREE}""",  # noqa: S608  made of constants
    first=f"""coalesce(
    (SELECT c.next_due_at FROM talentimg_candidates AS c CROSS JOIN "Talent" AS t ON t.id = c.talent_id
     WHERE c.next_due_at < :settled AND {_ASKABLE} {{span}} ORDER BY c.next_due_at LIMIT 1),
    :settled)""",  # noqa: S608  made of constants
)
_AHEAD = List(
    "ahead",
    order='t."lastProfileImageSyncAt", t.id',
    members=f"""FROM "Talent" AS t WHERE t."lastProfileImageSyncAt" >= max(:ahead, min(:before, :since))
    AND {_ASKABLE} AND {_FREE}""",
)
_LISTS = Lists(_NEVER, _STALE, _EARLY, _AHEAD, value=":{}")

# Of those who are not due: the one whose sync will be too old first, and the one with the earliest candidate.
# Each statement reads an index in the right order, and usually only its first entry.
_NOT_YET = f"""t."lastProfileImageSyncAt" >= :before AND t."lastProfileImageSyncAt" < :ahead
AND {_ASKABLE} AND NOT EXISTS (
    SELECT 1 FROM talentimg_candidates AS e WHERE e.talent_id = t.id AND e.next_due_at <= :now
)"""  # noqa: S608  made of constants
_NEXT_BY_AGE = f"""
SELECT t."lastProfileImageSyncAt" AS at FROM "Talent" AS t WHERE {_NOT_YET}
ORDER BY t."lastProfileImageSyncAt" LIMIT 1
"""  # noqa: S608  made of constants
_NEXT_BY_CANDIDATE = f"""
SELECT c.next_due_at AS at FROM talentimg_candidates AS c CROSS JOIN "Talent" AS t ON t.id = c.talent_id
WHERE c.next_due_at > :now AND {_NOT_YET} ORDER BY c.next_due_at LIMIT 1
"""  # noqa: S608  made of constants

_LOOKED = """(
    SELECT count(*) FROM (SELECT 1 FROM {by_last_look} WHERE {looked} AND {askable} LIMIT :limit)
) AS {name}"""
_FRESHNESS = "SELECT {}, {}, {}, {}, ({}) AS oldest".format(
    *(
        _LOOKED.format(name=name, looked=looked, by_last_look=_BY_LAST_LOOK, askable=_ASKABLE)
        for name, looked in (
            ("fresh", 't."lastProfileImageSyncAt" >= :before AND t."lastProfileImageSyncAt" < :ahead'),
            ("stale", 't."lastProfileImageSyncAt" < :before'),
            ("never", 't."lastProfileImageSyncAt" IS NULL'),
            ("ahead", 't."lastProfileImageSyncAt" >= :ahead'),
        )
    ),
    f"""SELECT t."lastProfileImageSyncAt" FROM {_BY_LAST_LOOK}
    WHERE t."lastProfileImageSyncAt" < :ahead AND {_ASKABLE} ORDER BY t."lastProfileImageSyncAt" LIMIT 1""",  # noqa: S608  made of constants
)

_RENEW = """
UPDATE talentimg_leases SET until = :until
WHERE holder = :holder AND talent_id IN (SELECT value FROM json_each(:ids))
"""
_RELEASE = """
DELETE FROM talentimg_leases WHERE holder = :holder AND talent_id IN (SELECT value FROM json_each(:ids))
"""
_CLAIMS = """
SELECT holder, count(*) AS talents, max(until) AS until FROM talentimg_leases
WHERE until > :now AND until <= :longest AND holder <> :holder GROUP BY holder ORDER BY holder
"""
_HOLDERS = "SELECT DISTINCT holder FROM talentimg_leases"
_RELEASE_OF = "DELETE FROM talentimg_leases WHERE holder IN (SELECT value FROM json_each(?))"

_MARKS = "SELECT list, place FROM talentimg_marks WHERE set_at > :marked AND set_at <= :ahead"
_SAVE_MARK = """
INSERT INTO talentimg_marks (list, place, set_at) VALUES (:list, :place, :now)
ON CONFLICT (list) DO UPDATE SET place = excluded.place,
set_at = CASE WHEN set_at > :marked AND set_at <= :ahead THEN set_at ELSE excluded.set_at END
"""

_END_OF_TIME = "9999-12-31T23:59:59.999Z~"
"""Sorts after every stored time."""


def times(now: datetime, before: datetime | None, unless_since: datetime | None = None) -> Times:
    """The times that the statements compare with."""
    return {
        "now": to_text(now),
        "before": to_text(before) or _END_OF_TIME,
        "since": to_text(unless_since) or _END_OF_TIME,
        "ahead": to_text(now + values.CLOCKS_DIFFER),
        "settled": to_text(now - values.CLOCKS_DIFFER),
        "longest": to_text(now + values.LONGEST_AHEAD),
        "marked": to_text(now - MARKS_LAST),
    }


def due(
    connection: sqlite3.Connection, times: Times, limit: int | None, marks: Marks = NO_MARKS
) -> list[str]:
    """The ids of the first who are due; those of before the marks come last."""
    found: list[str] = []
    known = {**times, **_LISTS.values(marks)}
    for statement in _LISTS.pages(marks, "SELECT t.id {members} ORDER BY {order} LIMIT :limit"):
        left = -1 if limit is None else limit - len(found)
        if left:
            found += [row["id"] for row in connection.execute(statement, known | {"limit": left})]
    return found


def count_due(connection: sqlite3.Connection, times: Times, at_most: int | None) -> int:
    """How many talents are due, counted no further than this."""
    most = -1 if at_most is None else at_most
    marks = marks_of(connection, times)
    known = {**times, **_LISTS.values(marks), "limit": most}
    found = 0
    for statement in _LISTS.counts(marks, "SELECT count(*) FROM (SELECT 1 {members} LIMIT :limit)"):
        if found != most:
            found += connection.execute(statement, known).fetchone()["due"]
            found = found if at_most is None else min(found, at_most)
    return found


def next_due(connection: sqlite3.Connection, now: datetime, min_age: timedelta) -> datetime | None:
    """When the next of the talents who are not due now will be."""
    rows = [
        connection.execute(part, times(now, now - min_age)).fetchone()
        for part in (_NEXT_BY_AGE, _NEXT_BY_CANDIDATE)
    ]
    found = [from_text(row["at"]) if row else None for row in rows]
    return values.next_due(now, min_age, *found)


def freshness(connection: sqlite3.Connection, now: datetime, at_most: int) -> Freshness:
    """How many were looked at within a day, and how many were not."""
    from talentimg.models import Freshness  # noqa: PLC0415  start-up time

    known = {**times(now, now - values.A_DAY), "limit": at_most}
    row = connection.execute(_FRESHNESS, known).fetchone()
    stale = min(at_most, row["never"] + row["stale"] + row["ahead"])
    return Freshness(row["fresh"], stale, from_text(row["oldest"]))


def claim(db: Database, times: Times, *, limit: int, holder: str, until: datetime) -> list[str]:
    """Lease the first who are due; returns who they are."""
    marks = marks_of(db.conn, times)
    found = due(db.conn, times, limit, marks)
    leases = ({"talent_id": talent_id, "holder": holder, "until": to_text(until)} for talent_id in found)
    db.table("talentimg_leases").upsert_all(leases, pk="talent_id")
    _move_marks(db, times, marks)
    return found


def marks_of(connection: sqlite3.Connection, times: Times) -> Marks:
    """The marks that still count."""
    return {row["list"]: row["place"] for row in connection.execute(_MARKS, times)}


def _move_marks(db: Database, times: Times, marks: Marks) -> None:
    """Set each mark before the first who can be asked, whoever has a lease on them."""
    known = {**times, **_LISTS.values(marks)}
    for name, statement in _LISTS.firsts(marks):
        place = db.execute(statement, known).fetchone()["place"]
        if place not in (None, marks.get(name)):
            db.execute(_SAVE_MARK, times | {"list": name, "place": place})


def forget_marks(db: Database) -> None:
    """Somebody who could not be asked may be asked now, wherever they stand."""
    db.execute("DELETE FROM talentimg_marks")


def renew(db: Database, talent_ids: Sequence[str], holder: str, until: datetime) -> None:
    """Extend the leases that this holder has on these talents."""
    db.execute(_RENEW, {"ids": json.dumps(talent_ids), "holder": holder, "until": to_text(until)})


def release(db: Database, talent_ids: Sequence[str], holder: str) -> None:
    """End the leases that this holder has on these talents."""
    db.execute(_RELEASE, {"ids": json.dumps(talent_ids), "holder": holder})


def release_of(db: Database, processes: Collection[tuple[str, int]], holder: str) -> int:
    """End the leases of these processes, but not of this holder; returns how many ended."""
    found = [row["holder"] for row in db.execute(_HOLDERS)]
    theirs = values.holders_of(found, processes, holder)
    return int(db.execute(_RELEASE_OF, [json.dumps(theirs)]).rowcount) if theirs else 0


def claims(connection: sqlite3.Connection, times: Times, holder: str) -> list[Claims]:
    """What others have leased."""
    return [claims_from(row) for row in connection.execute(_CLAIMS, times | {"holder": holder})]
