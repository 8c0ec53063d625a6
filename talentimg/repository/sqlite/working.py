"""What only workers write, kept in a SQLite file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from talentimg.models import MOST_COUNTED
from talentimg.repository.interface.working import Working
from talentimg.repository.sqlite.backend import SqliteBackend
from talentimg.repository.stored import to_text
from talentimg.repository.stored_work import (
    FORGOTTEN_AFTER,
    count_from,
    wishes_from,
    worker_from,
    worker_row,
)
from talentimg.repository.urls import sqlite_path
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Wish, WishCount, Worker
    from talentimg.repository.app_names import AppNames

_FREE: Final = "(w.due_at IS NULL OR w.due_at <= :now)"
_ANY: Final = f"SELECT 1 FROM talentimg_wishes AS w WHERE {_FREE} LIMIT 1"  # noqa: S608  made of constants
_WHO: Final = f"""
SELECT w.talent_id FROM talentimg_wishes AS w WHERE {_FREE}
GROUP BY w.talent_id ORDER BY min(w.wished_at), min(w.id) LIMIT :limit
"""  # noqa: S608  made of constants
_GONE: Final = f"""
DELETE FROM talentimg_wishes AS w WHERE {_FREE} AND w.talent_id IN (SELECT value FROM json_each(:ids))
RETURNING id, talent_id, wished_at, tries
"""  # noqa: S608  made of constants
_TAKEN: Final = """
INSERT INTO talentimg_wishes (talent_id, wished_at, tries, due_at, holder)
VALUES (:talent_id, :wished_at, :tries, :until, :holder)
RETURNING id, talent_id, wished_at, tries
"""
_FINISH: Final = """
DELETE FROM talentimg_wishes WHERE holder = :holder AND id IN (SELECT value FROM json_each(:numbers))
"""
_SUPERSEDED: Final = """
DELETE FROM talentimg_wishes AS w WHERE w.holder = :holder AND w.id IN (SELECT value FROM json_each(:numbers))
AND EXISTS (SELECT 1 FROM talentimg_wishes AS o WHERE o.talent_id = w.talent_id AND o.id <> w.id)
"""
_PUT_BACK: Final = """
UPDATE talentimg_wishes SET holder = NULL, due_at = :due_at, tries = tries + 1
WHERE holder = :holder AND id IN (SELECT value FROM json_each(:numbers))
"""
_RELEASE: Final = "UPDATE talentimg_wishes SET holder = NULL, due_at = NULL WHERE holder = :holder"
_WISH: Final = """
INSERT INTO talentimg_wishes (talent_id) SELECT x.value FROM json_each(:ids) AS x WHERE NOT EXISTS (
    SELECT 1 FROM talentimg_wishes AS w WHERE w.talent_id = x.value AND w.due_at IS NULL
)
"""
_COUNT: Final = f"""
SELECT count(*) AS waiting, min(wished_at) AS oldest, (
    SELECT count(*) FROM (
        SELECT 1 FROM talentimg_wishes AS w WHERE w.holder IS NOT NULL AND NOT {_FREE} LIMIT {MOST_COUNTED}
    )
) AS under_way FROM (
    SELECT w.wished_at FROM talentimg_wishes AS w WHERE w.holder IS NULL OR {_FREE} LIMIT {MOST_COUNTED}
)
"""  # noqa: S608  made of constants
_ADD_COUNT: Final = """
INSERT INTO talentimg_wish_counts AS known (day, source, shown, lost) VALUES (:day, :source, :shown, :lost)
ON CONFLICT (day, source) DO UPDATE
SET shown = known.shown + excluded.shown, lost = known.lost + excluded.lost
"""
_COUNTS: Final = "SELECT source, shown, lost FROM talentimg_wish_counts WHERE day = ?"
_BEAT: Final = """
INSERT INTO talentimg_workers (id, host, pid, started_at, seen_at, doing, looked_at, listens_until)
VALUES (:id, :host, :pid, :started_at, :seen_at, :doing, :looked_at, :listens_until)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, doing = excluded.doing,
    looked_at = excluded.looked_at, listens_until = excluded.listens_until
"""
_FORGET: Final = "DELETE FROM talentimg_workers WHERE seen_at < ?"
_WORKERS: Final = "SELECT * FROM talentimg_workers WHERE seen_at >= ? ORDER BY started_at, id"


class SqliteWorking(SqliteBackend, Working):
    """Made by `open`."""

    def take(self, now: datetime, until: datetime, *, limit: int) -> list[Wish]:
        values = {"now": to_text(now), "limit": limit, "until": to_text(until), "holder": self._lease_holder}
        if not self._connection_holder.rows(
            _ANY, values
        ):  # so that a worker with nothing to do writes nothing
            return []
        with self._writing() as db:
            who = [row["talent_id"] for row in db.execute(_WHO, values)]
            gone = wishes_from(db.execute(_GONE, {**values, "ids": json.dumps(who)}).fetchall())
            oldest: dict[str, Wish] = {}
            for wish in gone:
                oldest.setdefault(wish.talent_id, wish)
            rows = [
                db.execute(
                    _TAKEN,
                    {
                        **values,
                        "talent_id": one.talent_id,
                        "wished_at": to_text(one.wished_at),
                        "tries": one.tries,
                    },
                ).fetchone()
                for one in oldest.values()
            ]
            return wishes_from(rows)

    def finish(self, wishes: Sequence[Wish]) -> None:
        if wishes:
            with self._writing() as db:
                db.execute(_FINISH, self._mine(wishes))

    def put_back(self, wishes: Sequence[Wish], due_at: datetime) -> None:
        if wishes:
            with self._writing() as db:
                db.execute(_SUPERSEDED, self._mine(wishes))
                db.execute(_PUT_BACK, {**self._mine(wishes), "due_at": to_text(due_at)})

    def release(self) -> None:
        with self._writing() as db:
            db.execute(_RELEASE, {"holder": self._lease_holder})

    def wish(self, talent_ids: Sequence[str]) -> None:
        ids = [talent_id for talent_id in dict.fromkeys(talent_ids) if is_storable(talent_id)]
        if ids:
            with self._writing() as db:
                db.execute(_WISH, {"ids": json.dumps(ids)})

    def count(self, now: datetime) -> WishCount:
        (row,) = self._connection_holder.rows(_COUNT, {"now": to_text(now)})
        return count_from(row)

    def is_told(self) -> bool:
        return False  # a trigger could break the app's own write here

    def stamp(self) -> int | None:
        """It is another one after each commit of another connection, whatever was written."""
        return int(self._connection_holder.rows("PRAGMA data_version")[0][0])

    def add_counts(self, day: str, counts: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
        with self._writing() as db:
            db.execute("DELETE FROM talentimg_wish_counts WHERE day <> ?", [day])
            for source, (shown, lost) in sorted(counts.items()):
                db.execute(_ADD_COUNT, {"day": day, "source": source, "shown": shown, "lost": lost})
            return {row["source"]: (row["shown"], row["lost"]) for row in db.execute(_COUNTS, [day])}

    def beat(self, worker: Worker) -> None:
        with self._writing() as db:
            db.execute(_BEAT, worker_row(worker))
            db.execute(_FORGET, [to_text(worker.seen_at - FORGOTTEN_AFTER)])

    def leave(self, worker_id: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM talentimg_workers WHERE id = ?", [worker_id])

    def workers(self, since: datetime) -> list[Worker]:
        return [worker_from(row) for row in self._connection_holder.rows(_WORKERS, [to_text(since) or ""])]

    def _mine(self, wishes: Sequence[Wish]) -> dict[str, str]:
        return {"holder": self._lease_holder, "numbers": json.dumps([wish.number for wish in wishes])}


def open_working(url: str, names: AppNames) -> SqliteWorking:
    """Open what a SQLite URL names. `names` is ignored: the tables of a file are our own."""
    del names
    return SqliteWorking.open(sqlite_path(url))
