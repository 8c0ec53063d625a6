"""Cool-downs and quotas of platforms, kept in a SQLite file.

The functions that write run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.stored import to_text
from talentimg.repository.stored_results import cooldown_from, cooldown_row
from talentimg.repository.values import FORGOTTEN_AFTER, LONGEST_AHEAD

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from talentimg.models import Cooldown
    from talentimg.repository.sqlite.database import Database
    from talentimg.repository.turns import TurnsWanted

# A row may have a quota but no cool-down.
_COOLDOWNS = """
SELECT * FROM talentimg_platforms
WHERE (cooldown_until > :now OR failures > 0) AND cooldown_until <= :longest ORDER BY platform
"""
_QUOTA = "SELECT quota_used FROM talentimg_platforms WHERE platform = ? AND quota_ends = ?"
_LONGER_COOLDOWN = """
SELECT 1 FROM talentimg_platforms WHERE platform = ? AND cooldown_until BETWEEN ? AND ?
"""
_FORGET_COOLDOWNS = "DELETE FROM talentimg_platforms WHERE quota_ends IS NULL AND cooldown_until < ?"
_FORGIVE = """
UPDATE talentimg_platforms SET failures = 0, cooldown_until = NULL, cooldown_reason = NULL,
    cooldown_detail = NULL
WHERE platform = ? AND failures > 0
"""
_SPEND = """
INSERT INTO talentimg_platforms AS known (platform, quota_used, quota_ends) VALUES (?, ?, ?)
ON CONFLICT (platform) DO UPDATE SET
    quota_used = excluded.quota_used
        + CASE WHEN known.quota_ends = excluded.quota_ends THEN known.quota_used ELSE 0 END,
    quota_ends = excluded.quota_ends
RETURNING quota_used
"""
_NEXT_TURN = "SELECT next_at FROM talentimg_paces WHERE platform = :platform"
_TAKE_TURNS = """
INSERT INTO talentimg_paces AS known (platform, next_at) VALUES (:platform, :first + :span)
ON CONFLICT (platform) DO UPDATE SET next_at = :span
    + CASE WHEN known.next_at BETWEEN :first AND :longest THEN known.next_at ELSE :first END
RETURNING next_at
"""


def cooldowns(connection: sqlite3.Connection, now: datetime) -> list[Cooldown]:
    """The platforms to leave alone now, and those that have failed and not answered since."""
    times = {"now": to_text(now), "longest": to_text(now + LONGEST_AHEAD)}
    return [cooldown_from(row) for row in connection.execute(_COOLDOWNS, times)]


def save_cooldown(db: Database, cooldown: Cooldown) -> None:
    """Remember a cool-down, if it ends later than the one that is known."""
    row = cooldown_row(cooldown)
    longer = [row["platform"], row["cooldown_until"], to_text(cooldown.until + LONGEST_AHEAD)]
    if not db.execute(_LONGER_COOLDOWN, longer).fetchone():
        db.table("talentimg_platforms").upsert(row, pk="platform")
    db.execute(_FORGET_COOLDOWNS, [to_text(cooldown.until - FORGOTTEN_AFTER)])


def forgive(db: Database, platform: str) -> None:
    """Forget the failures of a platform, and the cool-down that they led to."""
    db.execute(_FORGIVE, [platform])


def spent(connection: sqlite3.Connection, platform: str, day_ends: datetime) -> int:
    """How many units of a day's quota have been used."""
    rows = connection.execute(_QUOTA, [platform, to_text(day_ends)])
    return sum(row["quota_used"] for row in rows)


def spend(db: Database, platform: str, units: int, day_ends: datetime) -> int:
    """Count units of a day's quota as used; returns how many have been used by now."""
    ((used,),) = db.execute(_SPEND, [platform, units, to_text(day_ends)]).fetchall()
    return int(used)


def next_turn(connection: sqlite3.Connection, turns: TurnsWanted) -> float:
    """In how many seconds the next turn of a platform is."""
    rows = connection.execute(_NEXT_TURN, turns.parameters()).fetchall()
    return turns.first_after(rows[0]["next_at"] if rows else None) - turns.now


def take_turns(db: Database, turns: TurnsWanted) -> float:
    """Take turns; returns in how many seconds the first is."""
    ((ends,),) = db.execute(_TAKE_TURNS, turns.parameters()).fetchall()
    return float(ends) - turns.span - turns.now
