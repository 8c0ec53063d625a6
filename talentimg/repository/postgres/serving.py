"""What only the server writes, kept on Postgres: tokens, who looks at whom, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.interface.serving import Serving
from talentimg.repository.postgres.access import PostgresAccess
from talentimg.repository.postgres.answers import PostgresAnswers
from talentimg.repository.stored import to_text
from talentimg.repository.values import LONGEST_AHEAD, LOOK_MARK, is_storable, look_holder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.database import Database

# In order of ids, so that two that begin the same looks cannot deadlock.
_BEGIN: Final = """
INSERT INTO talentimg.leases AS held (talent_id, holder, until)
SELECT t.id, %(holder)s, %(until)s FROM @Talent AS t WHERE t.id = ANY(%(ids)s) ORDER BY t.id
ON CONFLICT (talent_id) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE held.until <= %(now)s OR held.until > %(longest)s
"""
_ANOTHERS: Final = """
SELECT talent_id FROM talentimg.leases
WHERE talent_id = ANY(%(ids)s) AND holder <> %(holder)s AND strpos(holder, %(mark)s) > 0
"""
_END: Final = "DELETE FROM talentimg.leases WHERE talent_id = %(id)s AND holder = %(holder)s"


class PostgresServing(PostgresAccess, PostgresAnswers, Serving):
    """Made by `open`."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  as the backend takes them
        super().__init__(*args, **named)
        self._look_holder = look_holder()

    def begin_look(self, talent_id: str, now: datetime, until: datetime) -> bool:
        return bool(self.begin_looks([talent_id], now, until))

    def begin_looks(self, talent_ids: Sequence[str], now: datetime, until: datetime) -> list[str]:
        mine = {"ids": [one for one in talent_ids if is_storable(one)], "holder": self._look_holder}
        times = {"now": to_text(now), "until": to_text(until), "longest": to_text(now + LONGEST_AHEAD)}

        def begin(db: Database) -> set[str]:
            db.execute(_BEGIN, **mine, **times)
            return {row["talent_id"] for row in db.execute(_ANOTHERS, **mine, mark=LOOK_MARK).fetchall()}

        theirs = self._write(begin) if mine["ids"] else set()
        return [talent_id for talent_id in talent_ids if talent_id not in theirs]

    def end_look(self, talent_id: str) -> None:
        if is_storable(talent_id):
            self._write(lambda db: db.execute(_END, id=talent_id, holder=self._look_holder))


def open_serving(url: str, names: AppNames) -> PostgresServing:
    """Open what a Postgres URL names."""
    return PostgresServing.open(url, names=names)
