"""Suspected placeholders, kept on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.stored_runs import suspect_from, suspect_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.models import Suspect
    from talentimg.repository.postgres.database import Database

_SUSPECTS: Final = """
SELECT * FROM talentimg.suspects ORDER BY since DESC, source COLLATE "C", source_hash COLLATE "C"
"""
# A new suspicion does not undo a person's permission.
_SAVE_SUSPECT: Final = """
INSERT INTO talentimg.suspects AS known
    (source, source_hash, content_hash, since, talents, allowed_by, allowed_at, likeness,
    named_by, name)
VALUES (%(source)s, %(source_hash)s, %(content_hash)s, %(since)s, %(talents)s, %(allowed_by)s, %(allowed_at)s,
    %(likeness)s, %(named_by)s, %(name)s)
ON CONFLICT (source, source_hash) DO UPDATE SET
    content_hash = excluded.content_hash, since = excluded.since, talents = excluded.talents,
    likeness = excluded.likeness, named_by = excluded.named_by, name = excluded.name,
    allowed_by = CASE WHEN excluded.allowed_at IS NULL THEN known.allowed_by ELSE excluded.allowed_by END,
    allowed_at = coalesce(excluded.allowed_at, known.allowed_at)
"""


_FORGET: Final = """
DELETE FROM talentimg.suspects AS s USING json_populate_recordset(NULL::talentimg.suspects, %(rows)s) AS r
WHERE (s.source, s.source_hash) = (r.source, r.source_hash)
"""


def suspects(db: Database) -> list[Suspect]:
    """The suspected placeholders, including those that a person has allowed; newest first."""
    return [suspect_from(row) for row in db.execute(_SUSPECTS)]


def save_suspect(db: Database, suspect: Suspect) -> None:
    """Keep what is known about a suspected placeholder."""
    db.execute(_SAVE_SUSPECT, **suspect_row(suspect))


def forget_suspects(db: Database, suspects: Iterable[Suspect]) -> None:
    """Forget these, with what people said of them."""
    db.execute_rows(_FORGET, [suspect_row(suspect) for suspect in suspects])
