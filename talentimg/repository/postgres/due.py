"""Who is due, and who has claimed them: on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository import values
from talentimg.repository.stored import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from talentimg.repository.postgres.database import Database

    Times = dict[str, str]

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

# Four statements, each of which can use an index; a single one with OR could not. No talent is in more than
# one of the four.
_PARTS: Final = tuple(
    f"FROM {part} AND {_ASKABLE} AND {_FREE}"
    for part in (
        '@Talent AS t WHERE t."lastProfileImageSyncAt" IS NULL',
        """@Talent AS t WHERE t."lastProfileImageSyncAt" < %(before)s
        AND t."lastProfileImageSyncAt" < %(since)s""",
        """(SELECT DISTINCT talent_id FROM talentimg.candidates WHERE next_due_at <= %(now)s) AS c
        JOIN @Talent AS t ON t.id = c.talent_id
        WHERE t."lastProfileImageSyncAt" >= %(before)s AND t."lastProfileImageSyncAt" < %(since)s
        AND t."lastProfileImageSyncAt" < %(ahead)s""",
        """@Talent AS t WHERE t."lastProfileImageSyncAt" >= %(ahead)s
        AND (t."lastProfileImageSyncAt" >= %(before)s OR t."lastProfileImageSyncAt" >= %(since)s)""",
    )
)
_COUNT: Final = "SELECT " + " + ".join(f"(SELECT count(*) {part})" for part in _PARTS) + " AS due"
_PAGE: Final = tuple(
    f'SELECT t.id {part} ORDER BY t."lastProfileImageSyncAt", t.id LIMIT %(limit)s' for part in _PARTS
)
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
_HOLDERS: Final = "SELECT DISTINCT holder FROM talentimg.leases"
_RELEASE_ALL: Final = "DELETE FROM talentimg.leases WHERE holder = ANY(%(dead)s) RETURNING talent_id"
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


def times(now: datetime, before: datetime | None, unless_since: datetime | None = None) -> Times:
    """The times that the statements compare with, as text, which takes the type of each column."""
    return {
        "now": to_text(now) or "",
        "before": to_text(before) or "infinity",
        "since": to_text(unless_since) or "infinity",
        "ahead": to_text(now + values.CLOCKS_DIFFER) or "",
        "longest": to_text(now + values.LONGEST_AHEAD) or "",
    }


def due(db: Database, times: Times, limit: int | None, *, lock: bool = False) -> list[str]:
    """The ids of the first who are due; with `lock`, without those whose rows somebody else has locked."""
    found: list[str] = []
    for part in _PAGE:
        left = None if limit is None else limit - len(found)
        if left != 0:
            rows = db.execute(f"{part} {_LOCK}" if lock else part, **times, limit=left)
            found += [row["id"] for row in rows]
    return found


def count_due(db: Database, times: Times) -> int:
    """How many talents are due."""
    (row,) = db.execute(_COUNT, **times).fetchall()
    return int(row["due"])


def next_due(db: Database, now: datetime, min_age: timedelta) -> datetime | None:
    """When the next of the talents who are not due now will be."""
    found = [
        next((from_text(row["at"]) for row in db.execute(part, **times(now, now - min_age))), None)
        for part in (_NEXT_BY_AGE, _NEXT_BY_CANDIDATE)
    ]
    return values.next_due(now, min_age, *found)


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

    def __call__(self, db: Database) -> tuple[list[str], list[str]]:
        """Who was found to be due, and which of them are ours now."""
        if self._tried:
            db.execute(_RELEASE_OTHERS, ids=list(self._held), holder=self._holder)
        self._tried = True
        seen = due(db, self._times, self._limit, lock=True)
        return seen, self._lease(db, seen) if seen else []

    def _lease(self, db: Database, ids: list[str]) -> list[str]:
        """Lease those of these talents who are still due; returns who they are, in the same order."""
        values = {"ids": ids, "holder": self._holder, "until": to_text(self._until)}
        taken = {row["talent_id"] for row in db.execute(_LEASE, **self._times, **values)}
        return [talent_id for talent_id in ids if talent_id in taken]


def renew(db: Database, talent_ids: Sequence[str], holder: str, until: datetime) -> None:
    """Extend the leases that this holder has on these talents."""
    db.execute(_RENEW, ids=talent_ids, holder=holder, until=to_text(until))


def release(db: Database, talent_ids: Sequence[str], holder: str) -> None:
    """End the leases that this holder has on these talents."""
    db.execute(_RELEASE, ids=talent_ids, holder=holder)


def release_all(db: Database, but_of: Collection[tuple[str, int]], holder: str) -> int:
    """End the leases of all who are neither among the living nor this holder; returns how many ended."""
    found = [row["holder"] for row in db.execute(_HOLDERS)]
    dead = values.dead_holders(found, but_of, holder)
    return len(db.execute(_RELEASE_ALL, dead=dead).fetchall()) if dead else 0
