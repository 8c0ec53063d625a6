"""What only the server writes, kept in a SQLite file: tokens, who looks at whom, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.interface.serving import Serving
from talentimg.repository.sqlite.access import SqliteAccess
from talentimg.repository.sqlite.answers import SqliteAnswers
from talentimg.repository.stored import to_text
from talentimg.repository.urls import sqlite_path
from talentimg.repository.values import LONGEST_AHEAD, LOOK_MARK, is_storable, look_holder

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.repository.app_names import AppNames

_BEGIN: Final = """
INSERT INTO talentimg_leases AS held (talent_id, holder, until)
SELECT t.id, :holder, :until FROM "Talent" AS t WHERE t.id = :id
ON CONFLICT (talent_id) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE held.until <= :now OR held.until > :longest
"""
_ANOTHERS: Final = """
SELECT 1 FROM talentimg_leases WHERE talent_id = ? AND holder <> ? AND instr(holder, ?) > 0
"""
_END: Final = "DELETE FROM talentimg_leases WHERE talent_id = ? AND holder = ?"


class SqliteServing(SqliteAccess, SqliteAnswers, Serving):
    """Made by `open`."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  as the backend takes them
        super().__init__(*args, **named)
        self._look_holder = look_holder()

    def begin_look(self, talent_id: str, now: datetime, until: datetime) -> bool:
        if not is_storable(talent_id):
            return True
        values = {
            "id": talent_id,
            "holder": self._look_holder,
            "now": to_text(now),
            "until": to_text(until),
            "longest": to_text(now + LONGEST_AHEAD),
        }
        with self._writing() as db:
            db.execute(_BEGIN, values)
            return not db.execute(_ANOTHERS, [talent_id, self._look_holder, LOOK_MARK]).fetchall()

    def end_look(self, talent_id: str) -> None:
        if is_storable(talent_id):
            with self._writing() as db:
                db.execute(_END, [talent_id, self._look_holder])


def open_serving(url: str, names: AppNames) -> SqliteServing:
    """Open what a SQLite URL names. `names` is ignored: the tables of a file are our own."""
    del names
    return SqliteServing.open(sqlite_path(url))
