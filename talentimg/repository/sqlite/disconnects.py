"""Which accounts a person has disconnected, kept in a SQLite file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.models.question import handle_key
from talentimg.repository.stored import to_text
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

    from talentimg.repository.interface import Disconnected
    from talentimg.repository.sqlite.database import Database

_DISCONNECTED = """
SELECT talent_id, platform, handle FROM talentimg_disconnects
WHERE talent_id IN (SELECT value FROM json_each(?))
"""
_REMEMBER = """
INSERT INTO talentimg_disconnects (talent_id, platform, handle, disconnected_at) VALUES (?, ?, ?, ?)
ON CONFLICT (talent_id, platform, handle) DO UPDATE SET disconnected_at = excluded.disconnected_at
"""
_FORGET = "DELETE FROM talentimg_disconnects WHERE talent_id = ? AND platform = ? AND handle = ?"
_FORGET_TALENTS = "DELETE FROM talentimg_disconnects WHERE talent_id IN (SELECT value FROM json_each(?))"


def disconnected(connection: sqlite3.Connection | Database, talent_ids: Iterable[str]) -> set[Disconnected]:
    """The accounts of these talents that a person has disconnected."""
    from talentimg.repository.interface import Disconnected  # noqa: PLC0415  start-up time

    wanted = json.dumps([talent_id for talent_id in talent_ids if is_storable(talent_id)])
    return {Disconnected(*row) for row in connection.execute(_DISCONNECTED, [wanted])}


def remember(db: Database, talent_id: str, platform: str, handle: str, now: datetime) -> None:
    """Keep that a person has disconnected this account."""
    db.execute(_REMEMBER, [talent_id, platform.lower(), handle_key(handle), to_text(now)])


def forget(db: Database, talent_id: str, platform: str, handle: str) -> None:
    """A person has connected it again."""
    db.execute(_FORGET, [talent_id, platform.lower(), handle_key(handle)])


def forget_talents(db: Database, talent_ids: Iterable[str]) -> None:
    """Whoever had these ids before is somebody else."""
    db.execute(_FORGET_TALENTS, [json.dumps(list(talent_ids))])
