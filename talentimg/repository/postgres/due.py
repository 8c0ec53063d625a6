"""Who is due, and who has claimed them: on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository import values
from talentimg.repository.lists import MARKS_LAST, NO_MARKS, List, Lists
from talentimg.repository.postgres import reads
from talentimg.repository.stored import claims_from, from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from talentimg.models import Freshness, TalentRecord
    from talentimg.repository.interface import Claims
    from talentimg.repository.postgres.connection import Cursor, Row
    from talentimg.repository.postgres.database import Database

    Times = dict[str, str]
    Records = Callable[[], Mapping[str, TalentRecord]]

# Not EXISTS: for a large roster the planner would hash all accounts, though we only want a page of talents.
# The last part is for talents who still show a picture from the only account or avatar that they had.
_ASKABLE: Final = """coalesce(
    (SELECT true FROM @SocialAccountConnection AS a WHERE a."creatorId" = t.id AND a.connected LIMIT 1),
    (SELECT true FROM @User AS u WHERE u.id = t."userId" AND u."avatarUrl" <> '' LIMIT 1),
    (SELECT true FROM talentimg.selections AS s WHERE s.talent_id = t.id
     AND s.source NOT IN ('initials', 'manual') AND (s.question IS NOT NULL OR s.content_hash IS NOT NULL)),
    false
)"""
_FREE: Final = """NOT coalesce(
    (SELECT l.until > %(now)s AND l.until <= %(longest)s FROM talentimg.leases AS l WHERE l.talent_id = t.id),
    false
)"""

# Four lists, each of which an index gives in its order; a single statement with OR could use none. No talent
# is in more than one of them.
_NEVER: Final = List(
    "never",
    order='t."lastProfileImageSyncAt", t.id',
    place="t.id",
    members=f"""FROM @Talent AS t WHERE t."lastProfileImageSyncAt" IS NULL AND {_ASKABLE} AND {_FREE}""",
    first=f"""coalesce(
    (SELECT t.id::text FROM @Talent AS t WHERE t."lastProfileImageSyncAt" IS NULL AND {_ASKABLE} {{span}}
     ORDER BY t."lastProfileImageSyncAt", t.id LIMIT 1),
    (SELECT t.id::text FROM @Talent AS t WHERE t."lastProfileImageSyncAt" IS NULL
     ORDER BY t."lastProfileImageSyncAt" DESC, t.id DESC LIMIT 1))""",  # noqa: S608  made of constants
)
_STALE: Final = List(
    "stale",
    order='t."lastProfileImageSyncAt", t.id',
    place='t."lastProfileImageSyncAt"',
    members=f"""FROM @Talent AS t WHERE t."lastProfileImageSyncAt" < %(before)s
    AND t."lastProfileImageSyncAt" < %(since)s AND {_ASKABLE} AND {_FREE}""",
    first=f"""coalesce(
    (SELECT t."lastProfileImageSyncAt"::text FROM @Talent AS t
     WHERE t."lastProfileImageSyncAt" < %(settled)s AND {_ASKABLE} {{span}}
     ORDER BY t."lastProfileImageSyncAt" LIMIT 1),
    %(settled_text)s)""",  # noqa: S608  made of constants
)
# Each talent once, with the earliest candidate.
_EARLY: Final = List(
    "early",
    order="c.next_due_at, c.talent_id",
    place="c.next_due_at",
    members=f"""FROM talentimg.candidates AS c JOIN @Talent AS t ON t.id = c.talent_id
    WHERE c.next_due_at <= %(now)s AND NOT coalesce(
        (SELECT true FROM talentimg.candidates AS e WHERE e.talent_id = c.talent_id
         AND (e.next_due_at, e.source) < (c.next_due_at, c.source) LIMIT 1),
        false
    )
    AND t."lastProfileImageSyncAt" >= %(before)s AND t."lastProfileImageSyncAt" < %(since)s
    AND t."lastProfileImageSyncAt" < %(ahead)s AND {_ASKABLE} AND {_FREE}""",  # noqa: S608  made of constants
    first=f"""coalesce(
    (SELECT c.next_due_at::text FROM talentimg.candidates AS c JOIN @Talent AS t ON t.id = c.talent_id
     WHERE c.next_due_at < %(settled)s AND {_ASKABLE} {{span}} ORDER BY c.next_due_at LIMIT 1),
    %(settled_text)s)""",  # noqa: S608  made of constants
)
_AHEAD: Final = List(
    "ahead",
    order='t."lastProfileImageSyncAt", t.id',
    members=f"""FROM @Talent AS t WHERE t."lastProfileImageSyncAt" >= %(ahead)s
    AND (t."lastProfileImageSyncAt" >= %(before)s OR t."lastProfileImageSyncAt" >= %(since)s)
    AND {_ASKABLE} AND {_FREE}""",
)
_COUNTS: Final = "set_at > %(marked)s AND set_at <= %(marked_ahead)s"
# The marks that count, each in the type of what it is compared with, read by the statement that needs them: a
# database may be far away. Where there is none stands the lowest place, before which there is nobody.
_PLACES: Final = f"""WITH counting AS MATERIALIZED (SELECT list, place FROM talentimg.marks WHERE {_COUNTS}),
places AS MATERIALIZED (SELECT
    coalesce(
        (SELECT place FROM counting WHERE list = 'never')::@type(Talent id),
        (SELECT t.id FROM @Talent AS t ORDER BY t.id LIMIT 1)
    ) AS never_mark,
    coalesce(
        (SELECT place FROM counting WHERE list = 'stale')::@type(Talent lastProfileImageSyncAt),
        (SELECT t."lastProfileImageSyncAt" FROM @Talent AS t ORDER BY t."lastProfileImageSyncAt" LIMIT 1)
    ) AS stale_mark,
    coalesce((SELECT place FROM counting WHERE list = 'early')::timestamptz, '-infinity') AS early_mark
)"""  # noqa: S608  made of constants
_LISTS: Final = Lists(_NEVER, _STALE, _EARLY, _AHEAD, value="(SELECT {} FROM places)")
_MARKED: Final = dict.fromkeys(_LISTS.marked)
_PAGE: Final = "SELECT t.id {members} ORDER BY {order} LIMIT %(limit)s"
_COUNT: Final = "SELECT count(*) FROM (SELECT {members} LIMIT %(limit)s) AS found"
# A mark that never counts, so that there is a row to lock. Where there is one nothing is inserted, as that
# would wait for whoever changes it.
_ADD_MARKS: Final = """
INSERT INTO talentimg.marks (list, place, set_at)
SELECT list, '', '-infinity' FROM unnest(%(lists)s::text[]) AS wanted (list)
WHERE NOT EXISTS (SELECT FROM talentimg.marks AS m WHERE m.list = wanted.list)
ON CONFLICT (list) DO NOTHING
"""
# A claim waits for nobody here, and leaves a mark alone that others change meanwhile: they may forget it for
# somebody whom this statement does not see.
_MOVE_MARK: Final = """
{places}
UPDATE talentimg.marks AS m
SET place = found.place, set_at = CASE WHEN ours.counts THEN m.set_at ELSE %(now)s END
FROM ({first}) AS found, (
    SELECT list, place, {counts} AS counts FROM talentimg.marks
    WHERE list = %(list)s AND place = (SELECT place FROM talentimg.marks WHERE list = %(list)s)
    FOR UPDATE SKIP LOCKED
) AS ours
WHERE m.list = ours.list AND found.place IS NOT NULL AND NOT (ours.counts AND found.place = ours.place)
"""
# The place is one that no claim has read, so that none which is under way can set the mark again.
_FORGET_MARKS: Final = """
INSERT INTO talentimg.marks (list, place, set_at)
SELECT list, txid_current()::text, '-infinity' FROM unnest(%(lists)s::text[]) AS wanted (list)
ON CONFLICT (list) DO UPDATE SET place = excluded.place, set_at = excluded.set_at
"""
# The weaker form of FOR UPDATE: the app may go on adding rows that refer to these talents.
# https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
_LOCK: Final = "FOR NO KEY UPDATE OF t SKIP LOCKED"

# While their rows are locked nobody else can save these talents, so what this statement sees of them stays
# true: it leaves out those whom another process has synced or leased since we chose them.
_LEASE: Final = f"""
INSERT INTO talentimg.leases AS held (talent_id, holder, until)
SELECT t.id, %(holder)s, %(until)s
FROM unnest(%(ids)s::text[]) AS wanted (id) JOIN @Talent AS t ON t.id = wanted.id
WHERE {_ASKABLE} AND (
    t."lastProfileImageSyncAt" IS NULL
    OR t."lastProfileImageSyncAt" >= %(ahead)s
    OR t."lastProfileImageSyncAt" < %(since)s AND (
        t."lastProfileImageSyncAt" < %(before)s
        OR EXISTS (
            SELECT FROM talentimg.candidates AS c WHERE c.talent_id = t.id AND c.next_due_at <= %(now)s
        )
    )
)
ORDER BY t.id
ON CONFLICT (talent_id) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE held.until <= %(now)s OR held.until > %(longest)s
RETURNING talent_id
"""  # noqa: S608  made of constants
_RENEW: Final = """
UPDATE talentimg.leases SET until = %(until)s WHERE talent_id = ANY(%(ids)s) AND holder = %(holder)s
"""
_RELEASE: Final = "DELETE FROM talentimg.leases WHERE talent_id = ANY(%(ids)s) AND holder = %(holder)s"
_CLAIMS: Final = """
SELECT holder, count(*) AS talents, max(until) AS until FROM talentimg.leases
WHERE until > %(now)s AND until <= %(longest)s AND holder <> %(holder)s GROUP BY holder ORDER BY holder
"""
_HOLDERS: Final = "SELECT DISTINCT holder FROM talentimg.leases"
_RELEASE_OF: Final = "DELETE FROM talentimg.leases WHERE holder = ANY(%(theirs)s) RETURNING talent_id"
# The server may still work on an attempt whose answer was lost, and what that has locked would be skipped by
# the next one as if others had it. So that waits for its end. Nobody else uses the number.
_ONE_ATTEMPT: Final = "SELECT pg_advisory_xact_lock(72670, hashtext(%(holder)s))"
_RELEASE_OTHERS: Final = """
DELETE FROM talentimg.leases WHERE holder = %(holder)s AND NOT talent_id = ANY(%(ids)s)
"""


# Of those who are not due: the one whose sync will be too old first, and the one with the earliest candidate.
# Each statement reads an index in the right order, and usually only its first entry.
_NOT_YET: Final = f"""t."lastProfileImageSyncAt" >= %(before)s AND t."lastProfileImageSyncAt" < %(ahead)s
AND {_ASKABLE} AND NOT coalesce(
    (SELECT true FROM talentimg.candidates AS e WHERE e.talent_id = t.id AND e.next_due_at <= %(now)s
     LIMIT 1),
    false
)"""  # noqa: S608  made of constants
_NEXT_BY_AGE: Final = f"""
SELECT t."lastProfileImageSyncAt" AS at FROM @Talent AS t WHERE {_NOT_YET}
ORDER BY t."lastProfileImageSyncAt" LIMIT 1
"""  # noqa: S608  made of constants
_NEXT_BY_CANDIDATE: Final = f"""
SELECT c.next_due_at AS at FROM talentimg.candidates AS c JOIN @Talent AS t ON t.id = c.talent_id
WHERE c.next_due_at > %(now)s AND {_NOT_YET} ORDER BY c.next_due_at LIMIT 1
"""  # noqa: S608  made of constants
_NEXT: Final = f"SELECT ({_NEXT_BY_AGE}) AS by_age, ({_NEXT_BY_CANDIDATE}) AS by_candidate"

_PART: Final = "part{number} AS (SELECT id FROM ({page}) AS page LIMIT %(limit)s{left})"
_TAKEN: Final = " - (SELECT count(*) FROM part{})"
_FOUND: Final = "SELECT {number} AS part, row_number() OVER () AS place, id FROM part{number}"
_FIRST: Final = "{places}, {parts} SELECT id FROM ({found}) AS found ORDER BY part, place"
# Those before the marks are only counted if there are not enough after them.
_COUNTED: Final = """{places}, known AS MATERIALIZED ({after})
SELECT CASE WHEN due >= %(limit)s THEN due ELSE due + ({before}) END AS due FROM known
"""


_LOOKED: Final = """(
    SELECT count(*) FROM (SELECT FROM @Talent AS t WHERE {looked} AND {askable} LIMIT %(limit)s) AS found
) AS {name}"""
_FRESHNESS: Final = "SELECT {}, {}, {}, {}, ({}) AS oldest".format(
    *(
        _LOOKED.format(name=name, looked=looked, askable=_ASKABLE)
        for name, looked in (
            ("fresh", 't."lastProfileImageSyncAt" >= %(before)s AND t."lastProfileImageSyncAt" < %(ahead)s'),
            ("stale", 't."lastProfileImageSyncAt" < %(before)s'),
            ("never", 't."lastProfileImageSyncAt" IS NULL'),
            ("ahead", 't."lastProfileImageSyncAt" >= %(ahead)s'),
        )
    ),
    f"""SELECT t."lastProfileImageSyncAt" FROM @Talent AS t
    WHERE t."lastProfileImageSyncAt" < %(ahead)s AND {_ASKABLE}
    ORDER BY t."lastProfileImageSyncAt" LIMIT 1""",  # noqa: S608  made of constants
)


def _all_of(pages: Iterable[str]) -> str:
    """The first on several lists; each is read only as far as those before it leave room.

    The inner limit tells the planner how few are wanted.
    """
    parts = [
        _PART.format(number=number, page=page, left="".join(map(_TAKEN.format, range(number))))
        for number, page in enumerate(pages)
    ]
    found = " UNION ALL ".join(_FOUND.format(number=n) for n in range(len(parts)))
    return _FIRST.format(places=_PLACES, parts=", ".join(parts), found=found)


_DUE: Final = _all_of(_LISTS.pages(NO_MARKS, _PAGE))
_CHOOSE: Final = _all_of(_LISTS.pages(_MARKED, f"{_PAGE} {_LOCK}"))
_COUNT_DUE: Final = _COUNTED.format(
    places=_PLACES, **dict(zip(("after", "before"), _LISTS.counts(_MARKED, _COUNT), strict=True))
)
_MOVES: Final = {
    name: _MOVE_MARK.format(places=_PLACES, counts=_COUNTS, first=first)
    for name, first in _LISTS.firsts(_MARKED)
}


def times(now: datetime, before: datetime | None, unless_since: datetime | None = None) -> Times:
    """The times that the statements compare with, as text, which takes the type of each column."""
    return {
        "now": to_text(now) or "",
        "before": to_text(before) or "infinity",
        "since": to_text(unless_since) or "infinity",
        "ahead": to_text(now + values.CLOCKS_DIFFER) or "",
        "settled": to_text(now - values.CLOCKS_DIFFER) or "",
        # Under names of their own, as one parameter can have only one type.
        "settled_text": to_text(now - values.CLOCKS_DIFFER) or "",
        "longest": to_text(now + values.LONGEST_AHEAD) or "",
        "marked": to_text(now - MARKS_LAST) or "",
        "marked_ahead": to_text(now + values.CLOCKS_DIFFER) or "",
    }


def due(db: Database, times: Times, limit: int | None) -> list[str]:
    """The ids of the first who are due."""
    return [row["id"] for row in db.execute(_DUE, **times, limit=limit)]


def ask_count(db: Database, times: Times, at_most: int | None) -> Callable[[], int]:
    """Send for how many talents are due, counted no further than this.

    What is returned waits for the answer, here and below.
    """
    rows = db.execute(_COUNT_DUE, **times, limit=at_most)

    def read() -> int:
        (row,) = rows.fetchall()
        return int(row["due"] if at_most is None else min(row["due"], at_most))

    return read


def ask_next(db: Database, now: datetime, min_age: timedelta) -> Callable[[], datetime | None]:
    """Send for when the next of the talents who are not due now will be."""
    rows = db.execute(_NEXT, **times(now, now - min_age))

    def read() -> datetime | None:
        (row,) = rows.fetchall()
        return values.next_due(now, min_age, from_text(row["by_age"]), from_text(row["by_candidate"]))

    return read


def ask_freshness(db: Database, now: datetime, at_most: int) -> Callable[[], Freshness]:
    """Send for how many were looked at within a day, and how many were not."""
    from talentimg.models import Freshness  # noqa: PLC0415  start-up time

    rows = db.execute(_FRESHNESS, **times(now, now - values.A_DAY), limit=at_most)

    def read() -> Freshness:
        (row,) = rows.fetchall()
        stale = min(at_most, row["never"] + row["stale"] + row["ahead"])
        return Freshness(row["fresh"], stale, from_text(row["oldest"]))

    return read


class Claim:
    """One claim. It may be run again if its result was lost, even if it was committed."""

    def __init__(
        self, times: Times, *, limit: int, holder: str, until: datetime, held: Collection[str]
    ) -> None:
        self._times = times
        self._limit = limit
        self._holder = holder
        self._until = until
        self._held = held
        self._tried = False

    def __call__(self, db: Database) -> tuple[list[str], Iterable[Row], Records]:
        """Who was found to be due, rows of those of them who are ours, and their records.

        Rows and records are to be read after the end.
        """
        db.execute(_ONE_ATTEMPT, holder=self._holder)
        if self._tried:
            db.execute(_RELEASE_OTHERS, ids=list(self._held), holder=self._holder)
        self._tried = True
        seen = [row["id"] for row in db.execute(_CHOOSE, **self._times, limit=self._limit)]
        # All are sent together with the end of the transaction, and only then waited for.
        taken = self._lease(db, seen) if seen else ()
        _move_marks(db, self._times)
        return seen, taken, reads.ask_records(db, seen)

    def _lease(self, db: Database, ids: list[str]) -> Cursor:
        """Lease those of these talents who are still due."""
        values = {"ids": ids, "holder": self._holder, "until": to_text(self._until)}
        return db.execute(_LEASE, **self._times, **values)


def _move_marks(db: Database, times: Times) -> None:
    """Set each mark to the first who can be asked, whoever has a lease on them."""
    db.execute(_ADD_MARKS, lists=_LISTS.marked)
    for name, move in _MOVES.items():
        db.execute(move, **times, list=name)


def forget_marks(db: Database) -> None:
    """Somebody who could not be asked may be asked now, wherever they stand."""
    db.execute(_FORGET_MARKS, lists=_LISTS.marked)


def renew(db: Database, talent_ids: Sequence[str], holder: str, until: datetime) -> None:
    """Extend the leases that this holder has on these talents."""
    db.execute(_RENEW, ids=talent_ids, holder=holder, until=to_text(until))


def release(db: Database, talent_ids: Sequence[str], holder: str) -> None:
    """End the leases that this holder has on these talents."""
    db.execute(_RELEASE, ids=talent_ids, holder=holder)


def release_of(db: Database, processes: Collection[tuple[str, int]], holder: str) -> int:
    """End the leases of these processes, but not of this holder; returns how many ended."""
    found = [row["holder"] for row in db.execute(_HOLDERS)]
    theirs = values.holders_of(found, processes, holder)
    return len(db.execute(_RELEASE_OF, theirs=theirs).fetchall()) if theirs else 0


def ask_claims(db: Database, times: Times, holder: str) -> Callable[[], list[Claims]]:
    """Send for what others have leased."""
    rows = db.execute(_CLAIMS, **times, holder=holder)
    return lambda: [claims_from(row) for row in rows]
