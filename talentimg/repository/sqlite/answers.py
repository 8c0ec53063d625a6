"""Answers that are kept, in a SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.interface.answers import Answers
from talentimg.repository.sqlite.backend import SqliteBackend
from talentimg.repository.stored_answers import answer_row, asked_row, earlier_from

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.repository.interface.answers import Answer, Asked, Earlier

_BEGIN: Final = """
INSERT INTO talentimg_answers AS known (id, request, holder, until)
VALUES (:id, :request, :holder, :until)
ON CONFLICT (id) DO UPDATE SET request = excluded.request, holder = excluded.holder,
    until = excluded.until, status = NULL, headers = NULL, body = NULL
WHERE known.until <= :now OR known.until > :longest
"""
_KNOWN: Final = "SELECT * FROM talentimg_answers WHERE id = ?"
_KEEP: Final = """
UPDATE talentimg_answers SET status = :status, headers = :headers, body = :body, until = :until
WHERE id = :id AND holder = :holder AND status IS NULL
"""
_DROP: Final = "DELETE FROM talentimg_answers WHERE id = ? AND holder IN (?, '') AND status IS NULL"


class SqliteAnswers(SqliteBackend, Answers):
    """The part that keeps them."""

    def begin_answer(self, asked: Asked, now: datetime, until: datetime) -> Earlier | None:
        with self._writing() as db:
            db.execute(_BEGIN, asked_row(asked, now, until))
            (row,) = db.execute(_KNOWN, [asked.id]).fetchall()
        return earlier_from(row, asked)

    def keep_answer(self, asked: Asked, answer: Answer, until: datetime) -> None:
        with self._writing() as db:
            db.execute(_KEEP, answer_row(asked, answer, until))
            db.execute(_DROP, [asked.id, ""])  # one that was cleared meanwhile

    def drop_answer(self, asked: Asked) -> None:
        with self._writing() as db:
            db.execute(_DROP, [asked.id, asked.holder])
