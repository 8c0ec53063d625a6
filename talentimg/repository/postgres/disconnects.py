"""Which accounts a person has disconnected, kept on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models.question import handle_key
from talentimg.repository.interface import Disconnected
from talentimg.repository.stored import to_text
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from talentimg.repository.postgres.database import Database

_DISCONNECTED: Final = """
SELECT talent_id, platform, handle FROM talentimg.disconnects WHERE talent_id = ANY(%(ids)s)
"""
_REMEMBER: Final = """
INSERT INTO talentimg.disconnects (talent_id, platform, handle, disconnected_at)
VALUES (%(talent_id)s, %(platform)s, %(handle)s, %(now)s)
ON CONFLICT (talent_id, platform, handle) DO UPDATE SET disconnected_at = excluded.disconnected_at
"""
_FORGET: Final = """
DELETE FROM talentimg.disconnects
WHERE talent_id = %(talent_id)s AND platform = %(platform)s AND handle = %(handle)s
"""
_FORGET_TALENTS: Final = "DELETE FROM talentimg.disconnects WHERE talent_id = ANY(%(ids)s)"


def disconnected(db: Database, talent_ids: Iterable[str]) -> set[Disconnected]:
    """The accounts of these talents that a person has disconnected."""
    wanted = [talent_id for talent_id in talent_ids if is_storable(talent_id)]
    rows = db.execute(_DISCONNECTED, ids=wanted).fetchall()
    return {Disconnected(row["talent_id"], row["platform"], row["handle"]) for row in rows}


def remember(db: Database, talent_id: str, platform: str, handle: str, now: datetime) -> None:
    """Keep that a person has disconnected this account."""
    names = {"talent_id": talent_id, "platform": platform.lower(), "handle": handle_key(handle)}
    db.execute(_REMEMBER, **names, now=to_text(now))


def forget(db: Database, talent_id: str, platform: str, handle: str) -> None:
    """A person has connected it again."""
    db.execute(_FORGET, talent_id=talent_id, platform=platform.lower(), handle=handle_key(handle))


def forget_talents(db: Database, talent_ids: Iterable[str]) -> None:
    """Whoever had these ids before is somebody else."""
    db.execute(_FORGET_TALENTS, ids=list(talent_ids))
