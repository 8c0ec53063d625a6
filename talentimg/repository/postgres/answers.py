"""Answers that are kept, on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.interface.answers import Answers
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.stored_answers import answer_row, asked_row, earlier_from

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.repository.interface.answers import Answer, Asked, Earlier
    from talentimg.repository.postgres.database import Database

_BEGIN: Final = """
INSERT INTO talentimg.answers AS known (id, request, holder, until)
VALUES (%(id)s, %(request)s, %(holder)s, %(until)s)
ON CONFLICT (id) DO UPDATE SET request = excluded.request, holder = excluded.holder,
    until = excluded.until, status = NULL, headers = NULL, body = NULL
WHERE known.until <= %(now)s OR known.until > %(longest)s
"""
_KNOWN: Final = "SELECT * FROM talentimg.answers WHERE id = %(id)s"
_KEEP: Final = """
UPDATE talentimg.answers SET status = %(status)s, headers = %(headers)s, body = %(body)s, until = %(until)s
WHERE id = %(id)s AND holder = %(holder)s AND status IS NULL
"""
_DROP: Final = """
DELETE FROM talentimg.answers WHERE id = %(id)s AND holder IN (%(holder)s, '') AND status IS NULL
"""


class PostgresAnswers(PostgresBackend, Answers):
    """The part that keeps them."""

    def begin_answer(self, asked: Asked, now: datetime, until: datetime) -> Earlier | None:
        values = asked_row(asked, now, until)

        def begin(db: Database) -> Earlier | None:
            db.execute(_BEGIN, **values)
            (row,) = db.execute(_KNOWN, id=asked.id).fetchall()
            return earlier_from(row, asked)

        return self._write(begin)

    def keep_answer(self, asked: Asked, answer: Answer, until: datetime) -> None:
        values = answer_row(asked, answer, until)

        def keep(db: Database) -> None:
            db.execute(_KEEP, **values)
            db.execute(_DROP, id=asked.id, holder="")  # one that was cleared meanwhile

        self._write(keep)

    def drop_answer(self, asked: Asked) -> None:
        self._write(lambda db: db.execute(_DROP, id=asked.id, holder=asked.holder))
