"""What only workers write, kept on Postgres."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import psycopg

from talentimg.models import MOST_COUNTED
from talentimg.repository.interface.working import Working
from talentimg.repository.postgres import errors
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.postgres.connection import connect
from talentimg.repository.postgres.triggers import CHANNEL, NAMES, PRESENT, values, wanted
from talentimg.repository.stored import to_text
from talentimg.repository.stored_work import (
    FORGOTTEN_AFTER,
    count_from,
    wishes_from,
    worker_from,
    worker_row,
)
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Wish, WishCount, Worker
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.connection import Connection
    from talentimg.repository.postgres.database import Database

_FREE: Final = "(w.due_at IS NULL OR w.due_at <= %(now)s::timestamptz)"
_ANY: Final = f"SELECT FROM talentimg.wishes AS w WHERE {_FREE} LIMIT 1"
# Deleted and inserted anew, and not updated: a transaction of the app's that rests on a wish (FOR KEY SHARE,
# see `triggers`) is passed over then, and one that comes later makes another one.
_TAKE: Final = f"""
WITH picked AS (
    SELECT w.id FROM talentimg.wishes AS w WHERE {_FREE}
    ORDER BY w.wished_at, w.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM talentimg.wishes AS w USING picked AS p WHERE w.id = p.id
    RETURNING w.id, w.talent_id, w.wished_at, w.tries
), oldest AS (
    SELECT DISTINCT ON (g.talent_id) g.talent_id, g.wished_at, g.tries FROM gone AS g
    ORDER BY g.talent_id, g.wished_at, g.id
)
INSERT INTO talentimg.wishes (talent_id, wished_at, tries, due_at, holder)
SELECT o.talent_id, o.wished_at, o.tries, %(until)s::timestamptz, %(holder)s FROM oldest AS o
RETURNING id, talent_id, wished_at, tries
"""  # noqa: S608  made of constants
_FINISH: Final = "DELETE FROM talentimg.wishes WHERE holder = %(holder)s AND id = ANY(%(numbers)s)"
_SUPERSEDED: Final = """
DELETE FROM talentimg.wishes AS w WHERE w.holder = %(holder)s AND w.id = ANY(%(numbers)s)
AND EXISTS (SELECT FROM talentimg.wishes AS o WHERE o.talent_id = w.talent_id AND o.id <> w.id)
"""
_PUT_BACK: Final = """
UPDATE talentimg.wishes SET holder = NULL, due_at = %(due_at)s::timestamptz, tries = tries + 1
WHERE holder = %(holder)s AND id = ANY(%(numbers)s)
"""
_RELEASE: Final = "UPDATE talentimg.wishes SET holder = NULL, due_at = NULL WHERE holder = %(holder)s"
_WISH: Final = """
INSERT INTO talentimg.wishes (talent_id) SELECT x FROM unnest(%(ids)s::text[]) AS x WHERE NOT EXISTS (
    SELECT FROM talentimg.wishes AS w WHERE w.talent_id = x AND w.due_at IS NULL
)
"""
_COUNT: Final = f"""
SELECT count(*) AS waiting, min(c.wished_at) AS oldest, (
    SELECT count(*) FROM (
        SELECT FROM talentimg.wishes AS w WHERE w.holder IS NOT NULL AND NOT {_FREE} LIMIT {MOST_COUNTED}
    ) AS t
) AS under_way FROM (
    SELECT w.wished_at FROM talentimg.wishes AS w WHERE w.holder IS NULL OR {_FREE} LIMIT {MOST_COUNTED}
) AS c
"""  # noqa: S608  made of constants
# What the server counts of writes anyway. It is told within a second of the COMMIT.
_STAMP: Final = b"""
SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint AS stamp FROM pg_catalog.pg_stat_user_tables
WHERE schemaname = %(schema)s AND relname = ANY(%(tables)s)
"""
_FORGET_COUNTS: Final = "DELETE FROM talentimg.wish_counts WHERE day <> %(day)s"
_ADD_COUNT: Final = """
INSERT INTO talentimg.wish_counts AS known (day, source, shown, lost)
VALUES (%(day)s, %(source)s, %(shown)s, %(lost)s)
ON CONFLICT (day, source) DO UPDATE
SET shown = known.shown + excluded.shown, lost = known.lost + excluded.lost
"""
_COUNTS: Final = "SELECT source, shown, lost FROM talentimg.wish_counts WHERE day = %(day)s"
_BEAT: Final = """
INSERT INTO talentimg.workers (id, host, pid, started_at, seen_at, doing, looked_at, listens_until)
VALUES (%(id)s, %(host)s, %(pid)s, %(started_at)s, %(seen_at)s, %(doing)s, %(looked_at)s, %(listens_until)s)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, doing = excluded.doing,
    looked_at = excluded.looked_at, listens_until = excluded.listens_until
"""
_FORGET: Final = "DELETE FROM talentimg.workers WHERE seen_at < %(before)s::timestamptz"
_WORKERS: Final = """
SELECT * FROM talentimg.workers WHERE seen_at >= %(since)s::timestamptz ORDER BY started_at, id COLLATE "C"
"""


class PostgresWorking(PostgresBackend, Working):
    """Made by `open`."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  as the backend takes them
        super().__init__(*args, **named)
        self._listening: Connection | None = None
        self._listening_lock = Lock()

    # -- wishes -------------------------------------------------------------

    def take(self, now: datetime, until: datetime, *, limit: int) -> list[Wish]:
        at = to_text(now)
        if not self._read_once(lambda db: db.execute(_ANY, now=at).fetchall()):
            return []
        return self._write(
            lambda db: wishes_from(
                db.execute(_TAKE, now=at, until=to_text(until), limit=limit, holder=self._lease_holder)
            ),
            repeatable=False,  # taken twice, the first ones would be nobody's until then
        )

    def finish(self, wishes: Sequence[Wish]) -> None:
        if wishes:
            self._write(lambda db: db.execute(_FINISH, **self._mine(wishes)))

    def put_back(self, wishes: Sequence[Wish], due_at: datetime) -> None:
        def put(db: Database) -> None:
            db.execute(_SUPERSEDED, **self._mine(wishes))
            db.execute(_PUT_BACK, **self._mine(wishes), due_at=to_text(due_at))

        if wishes:
            self._write(put)

    def release(self) -> None:
        self._write(lambda db: db.execute(_RELEASE, holder=self._lease_holder))

    def wish(self, talent_ids: Sequence[str]) -> None:
        ids = [talent_id for talent_id in dict.fromkeys(talent_ids) if is_storable(talent_id)]
        if ids:
            self._write(lambda db: db.execute(_WISH, ids=ids))

    def count(self, now: datetime) -> WishCount:
        return self._read_once(lambda db: count_from(db.execute(_COUNT, now=to_text(now)).fetchall()[0]))

    def is_told(self) -> bool:
        asked = values(self._sql.app.schema, self._sql.names)
        rows = self._connection_holder.query(PRESENT, asked)
        return {(row["table"], row["name"]) for row in rows} == wanted(self._sql.names)

    def stamp(self) -> int | None:
        tables = [self._sql.names.table(ours) for ours in NAMES]
        asked = {"schema": self._sql.app.schema, "tables": tables}
        found: int | None = self._connection_holder.query(_STAMP, asked)[0]["stamp"]
        return found

    def await_news(self, seconds: float) -> bool:
        """Over a connection of its own; behind a pooler in transaction mode nobody calls."""
        with self._listening_lock:
            try:
                if self._listening is None:
                    self._listening = connect(self._connection_holder.address)
                    self._listening.execute(f"LISTEN {CHANNEL}".encode())
                return any(True for _ in self._listening.notifies(timeout=seconds, stop_after=1))
            except psycopg.Error:
                self._stop_listening()
                raise errors.unavailable(self._connection_holder.address.place) from None

    def add_counts(self, day: str, counts: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
        def add(db: Database) -> Mapping[str, tuple[int, int]]:
            db.execute(_FORGET_COUNTS, day=day)
            for source, (shown, lost) in sorted(counts.items()):
                db.execute(_ADD_COUNT, day=day, source=source, shown=shown, lost=lost)
            rows = db.execute(_COUNTS, day=day).fetchall()
            return {row["source"]: (row["shown"], row["lost"]) for row in rows}

        return self._write(add, repeatable=False)

    # -- workers ------------------------------------------------------------

    def beat(self, worker: Worker) -> None:
        def beat(db: Database) -> None:
            db.execute(_BEAT, **worker_row(worker))
            db.execute(_FORGET, before=to_text(worker.seen_at - FORGOTTEN_AFTER))

        self._write(beat)

    def leave(self, worker_id: str) -> None:
        self._write(lambda db: db.execute("DELETE FROM talentimg.workers WHERE id = %(id)s", id=worker_id))

    def workers(self, since: datetime) -> list[Worker]:
        return self._read_once(
            lambda db: [worker_from(row) for row in db.execute(_WORKERS, since=to_text(since))]
        )

    # -- life ---------------------------------------------------------------

    def close(self) -> None:
        """Close all connections."""
        with self._listening_lock:
            self._stop_listening()
        super().close()

    def _stop_listening(self) -> None:
        connection, self._listening = self._listening, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _mine(self, wishes: Sequence[Wish]) -> dict[str, Any]:
        return {"holder": self._lease_holder, "numbers": [wish.number for wish in wishes]}


def open_working(url: str, names: AppNames) -> PostgresWorking:
    """Open what a Postgres URL names."""
    return PostgresWorking.open(url, names=names)
