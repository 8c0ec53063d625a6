"""Cool-downs and quotas of platforms, kept on Postgres.

The functions that write run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.stored import to_text
from talentimg.repository.stored_results import cooldown_from, cooldown_row
from talentimg.repository.values import FORGOTTEN_AFTER, LONGEST_AHEAD

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Cooldown
    from talentimg.repository.postgres.database import Database
    from talentimg.repository.turns import TurnsWanted

# A row may have a quota but no cool-down.
_COOLDOWNS: Final = """
SELECT * FROM talentimg.platforms
WHERE (cooldown_until > %(now)s OR failures > 0) AND cooldown_until <= %(longest)s ORDER BY platform
"""
_QUOTA: Final = """
SELECT quota_used FROM talentimg.platforms WHERE platform = %(platform)s AND quota_ends = %(ends)s
"""
_SAVE_COOLDOWN: Final = """
INSERT INTO talentimg.platforms AS known
    (platform, cooldown_until, cooldown_reason, cooldown_detail, failures)
VALUES (%(platform)s, %(cooldown_until)s, %(cooldown_reason)s, %(cooldown_detail)s, %(failures)s)
ON CONFLICT (platform) DO UPDATE SET cooldown_until = excluded.cooldown_until,
    cooldown_reason = excluded.cooldown_reason, cooldown_detail = excluded.cooldown_detail,
    failures = excluded.failures
WHERE known.cooldown_until IS NULL OR known.cooldown_until < excluded.cooldown_until
    OR known.cooldown_until > %(longest)s
"""
# A row that somebody is writing just now must not be deleted, and is not worth waiting for.
_FORGET_COOLDOWNS: Final = """
DELETE FROM talentimg.platforms WHERE platform = ANY(ARRAY(
    SELECT platform FROM talentimg.platforms WHERE quota_ends IS NULL AND cooldown_until < %(before)s
    FOR UPDATE SKIP LOCKED
))
"""
_FORGIVE: Final = """
UPDATE talentimg.platforms SET failures = 0, cooldown_until = NULL, cooldown_reason = NULL,
    cooldown_detail = NULL
WHERE platform = %(platform)s AND failures > 0
"""
_SPEND: Final = """
INSERT INTO talentimg.platforms AS known (platform, quota_used, quota_ends)
VALUES (%(platform)s, %(units)s, %(ends)s)
ON CONFLICT (platform) DO UPDATE SET
    quota_used = excluded.quota_used
        + CASE WHEN known.quota_ends = excluded.quota_ends THEN known.quota_used ELSE 0 END,
    quota_ends = excluded.quota_ends
RETURNING quota_used
"""
_NEXT_TURN: Final = "SELECT next_at FROM talentimg.paces WHERE platform = %(platform)s"
_TAKE_TURNS: Final = """
INSERT INTO talentimg.paces AS known (platform, next_at)
VALUES (%(platform)s, %(first)s::float8 + %(span)s::float8)
ON CONFLICT (platform) DO UPDATE SET next_at = excluded.next_at
    + CASE WHEN known.next_at BETWEEN %(first)s AND %(longest)s THEN known.next_at - %(first)s ELSE 0 END
RETURNING next_at
"""


def cooldowns(db: Database, now: datetime) -> list[Cooldown]:
    """The platforms to leave alone now, and those that have failed and not answered since."""
    rows = db.execute(_COOLDOWNS, now=to_text(now), longest=to_text(now + LONGEST_AHEAD))
    return [cooldown_from(row) for row in rows]


def save_cooldown(db: Database, cooldown: Cooldown) -> None:
    """Remember a cool-down, if it ends later than the one that is known."""
    longest = to_text(cooldown.until + LONGEST_AHEAD)
    db.execute(_SAVE_COOLDOWN, **cooldown_row(cooldown), longest=longest)
    db.execute(_FORGET_COOLDOWNS, before=to_text(cooldown.until - FORGOTTEN_AFTER))


def forgive(db: Database, platform: str) -> None:
    """Forget the failures of a platform, and the cool-down that they led to."""
    db.execute(_FORGIVE, platform=platform)


def spent(db: Database, platform: str, day_ends: datetime) -> int:
    """How many units of a day's quota have been used."""
    rows = db.execute(_QUOTA, platform=platform, ends=to_text(day_ends))
    return sum(row["quota_used"] for row in rows)


def spend(db: Database, platform: str, units: int, day_ends: datetime) -> int:
    """Count units of a day's quota as used; returns how many have been used by now."""
    (row,) = db.execute(_SPEND, platform=platform, units=units, ends=to_text(day_ends)).fetchall()
    return int(row["quota_used"])


def next_turn(db: Database, turns: TurnsWanted) -> float:
    """In how many seconds the next turn of a platform is."""
    rows = db.execute(_NEXT_TURN, **turns.parameters()).fetchall()
    return turns.first_after(rows[0]["next_at"] if rows else None) - turns.now


def take_turns(db: Database, turns: TurnsWanted) -> float:
    """Take turns; returns in how many seconds the first is."""
    (row,) = db.execute(_TAKE_TURNS, **turns.parameters()).fetchall()
    return float(row["next_at"]) - turns.span - turns.now
