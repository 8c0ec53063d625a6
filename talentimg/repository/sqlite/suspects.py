"""Suspected placeholders, kept in a SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.stored_runs import suspect_from, suspect_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from talentimg.models import Suspect
    from talentimg.repository.sqlite.database import Database

_SUSPECTS = "SELECT * FROM talentimg_suspects ORDER BY since DESC, source, source_hash"
# A new suspicion does not undo a person's permission.
_SAVE_SUSPECT = """
INSERT INTO talentimg_suspects AS known
    (source, source_hash, content_hash, since, talents, allowed_by, allowed_at, likeness,
    named_by, name)
VALUES (:source, :source_hash, :content_hash, :since, :talents, :allowed_by, :allowed_at,
    :likeness, :named_by, :name)
ON CONFLICT (source, source_hash) DO UPDATE SET
    content_hash = excluded.content_hash, since = excluded.since, talents = excluded.talents,
    likeness = excluded.likeness, named_by = excluded.named_by, name = excluded.name,
    allowed_by = CASE WHEN excluded.allowed_at IS NULL THEN known.allowed_by ELSE excluded.allowed_by END,
    allowed_at = coalesce(excluded.allowed_at, known.allowed_at)
"""


_FORGET = "DELETE FROM talentimg_suspects WHERE source = ? AND source_hash = ?"


def suspects(connection: sqlite3.Connection) -> list[Suspect]:
    """The suspected placeholders, including those that a person has allowed; newest first."""
    return [suspect_from(row) for row in connection.execute(_SUSPECTS)]


def save_suspect(db: Database, suspect: Suspect) -> None:
    """Keep what is known about a suspected placeholder."""
    db.execute(_SAVE_SUSPECT, suspect_row(suspect))


def forget_suspects(db: Database, suspects: Iterable[Suspect]) -> None:
    """Forget these, with what people said of them."""
    db.conn.executemany(_FORGET, [(suspect.source, suspect.source_hash) for suspect in suspects])
