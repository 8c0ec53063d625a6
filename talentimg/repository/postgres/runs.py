"""What runs leave behind beside the talents: cool-downs, quotas, suspects and their own reports.

All of it stands in our own tables. Every function that writes runs inside a transaction that the caller has
begun and ends.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from talentimg.repository import stored_results, stored_runs
from talentimg.repository.postgres.tables import upsert
from talentimg.repository.stored import to_text
from talentimg.repository.values import FORGOTTEN_AFTER

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Cooldown, Run, Suspect
    from talentimg.repository.postgres.connection import Connection

# A row may hold a quota and no cool-down.
COOLDOWNS: Final = """
SELECT * FROM talentimg.platforms
WHERE cooldown_until > %(now)s OR (failures > 0 AND cooldown_until IS NOT NULL) ORDER BY platform
"""
QUOTA: Final = """
SELECT quota_used FROM talentimg.platforms WHERE platform = %(platform)s AND quota_ends = %(ends)s
"""
HOLDERS: Final = """
SELECT source, content_hash, talent_id FROM talentimg.candidates WHERE content_hash = ANY(%(hashes)s)
ORDER BY source COLLATE "C", content_hash COLLATE "C", talent_id COLLATE "C"
"""
SUSPECTS: Final = """
SELECT * FROM talentimg.suspects ORDER BY since DESC, source COLLATE "C", source_hash COLLATE "C"
"""
RUN: Final = "SELECT * FROM talentimg.runs WHERE id = %(id)s"
RUNS: Final = 'SELECT * FROM talentimg.runs ORDER BY started_at DESC, id COLLATE "C" DESC LIMIT %(limit)s'

_SAVE_COOLDOWN: Final = b"""
INSERT INTO talentimg.platforms AS known
    (platform, cooldown_until, cooldown_reason, cooldown_detail, failures)
VALUES (%(platform)s, %(cooldown_until)s, %(cooldown_reason)s, %(cooldown_detail)s, %(failures)s)
ON CONFLICT (platform) DO UPDATE SET cooldown_until = excluded.cooldown_until,
    cooldown_reason = excluded.cooldown_reason, cooldown_detail = excluded.cooldown_detail,
    failures = excluded.failures
WHERE known.cooldown_until IS NULL OR known.cooldown_until < excluded.cooldown_until
"""
# A row that somebody is writing just now is none that may be forgotten, and not worth waiting for.
_FORGET_COOLDOWNS: Final = b"""
DELETE FROM talentimg.platforms WHERE platform = ANY(ARRAY(
    SELECT platform FROM talentimg.platforms WHERE quota_ends IS NULL AND cooldown_until < %(before)s
    FOR UPDATE SKIP LOCKED
))
"""
_FORGIVE: Final = b"""
UPDATE talentimg.platforms SET failures = 0, cooldown_until = NULL, cooldown_reason = NULL,
    cooldown_detail = NULL
WHERE platform = %(platform)s AND failures > 0
"""
_SPEND: Final = b"""
INSERT INTO talentimg.platforms AS known (platform, quota_used, quota_ends)
VALUES (%(platform)s, %(units)s, %(ends)s)
ON CONFLICT (platform) DO UPDATE SET
    quota_used = excluded.quota_used
        + CASE WHEN known.quota_ends = excluded.quota_ends THEN known.quota_used ELSE 0 END,
    quota_ends = excluded.quota_ends
RETURNING quota_used
"""
# What a person said is not undone by a suspicion.
_SAVE_SUSPECT: Final = b"""
INSERT INTO talentimg.suspects AS known
    (source, source_hash, content_hash, since, talents, allowed_by, allowed_at)
VALUES (%(source)s, %(source_hash)s, %(content_hash)s, %(since)s, %(talents)s, %(allowed_by)s, %(allowed_at)s)
ON CONFLICT (source, source_hash) DO UPDATE SET
    content_hash = excluded.content_hash, since = excluded.since, talents = excluded.talents,
    allowed_by = CASE WHEN excluded.allowed_at IS NULL THEN known.allowed_by ELSE excluded.allowed_by END,
    allowed_at = coalesce(excluded.allowed_at, known.allowed_at)
"""


def save_cooldown(connection: Connection, cooldown: Cooldown) -> None:
    """Remember to leave a platform alone, if that is for longer than we knew."""
    connection.execute(_SAVE_COOLDOWN, stored_results.cooldown_row(cooldown))
    connection.execute(_FORGET_COOLDOWNS, {"before": to_text(cooldown.until - FORGOTTEN_AFTER)})


def forgive(connection: Connection, platform: str) -> None:
    """Forget the failures of a platform."""
    connection.execute(_FORGIVE, {"platform": platform})


def spend(connection: Connection, platform: str, units: int, day_ends: datetime) -> int:
    """Count units of a day's quota; how many are used of it now."""
    values = {"platform": platform, "units": units, "ends": to_text(day_ends)}
    (row,) = connection.execute(_SPEND, values).fetchall()
    return int(row["quota_used"])


def save_suspect(connection: Connection, suspect: Suspect) -> None:
    """Keep what is known of a picture that was taken for a placeholder."""
    connection.execute(_SAVE_SUSPECT, stored_runs.suspect_row(suspect))


def save_run(connection: Connection, run: Run) -> None:
    """Keep a run, in place of what was kept of it before."""
    row = stored_runs.run_row(run)
    row["report"] = json.loads(row["report"])
    statement = upsert("runs", tuple(row), ("id",))
    connection.execute(statement.encode(), {"rows": json.dumps([row], ensure_ascii=False)})
