"""Builds indexes on the app's tables while the app goes on reading and writing them.

It takes two scans of the table and waits for the transactions that are open, so it is no part of a step's
transaction. One that was interrupted leaves an index that is not valid; the next `migrate` builds it anew.

https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from talentimg.errors import NoRunLock
from talentimg.repository.postgres.connection import ConnectionHolder, connect
from talentimg.repository.postgres.lock import INDEXES, RunLock
from talentimg.repository.postgres.tables import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from talentimg.repository.migrations.agency import AddedIndex
    from talentimg.repository.postgres.connection import Connection
    from talentimg.repository.postgres.urls import PostgresAddress

# With what a REINDEX leaves that was interrupted.
_UNFINISHED: Final = b"""
SELECT c.relname::text AS name
FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND NOT i.indisvalid
    AND regexp_replace(c.relname::text, '_cc(new|old)[0-9]*$', '') = ANY(%(names)s)
ORDER BY 1
"""
# Behind a pooler the setting would stay with a connection that others get next; a pooler gives its clients
# numbers of its own.
_NO_TIME_LIMIT: Final = b"SELECT set_config('statement_timeout', '0', false) WHERE pg_backend_pid() = %(pid)s"
_OUTSIDE: Final = "-- Outside the transaction, so that the app goes on writing meanwhile."
_PAUSE: Final = 0.2


def build(address: PostgresAddress, schema: str, indexes: Sequence[AddedIndex]) -> None:
    """Build those of these indexes that are not there, and anew those that were not finished.

    Raises:
        psycopg.Error: the driver's own.
    """
    with _alone(address), closing(connect(address)) as connection:
        connection.execute(_NO_TIME_LIMIT, {"pid": connection.info.backend_pid})
        for statement in _statements(connection, schema, indexes):
            connection.execute(statement.encode())


def build_script(address: PostgresAddress, schema: str, indexes: Sequence[AddedIndex]) -> str:
    """The statements that build them."""
    if not indexes:
        return ""
    with closing(connect(address)) as connection:
        statements = "".join(f"{one};\n" for one in _statements(connection, schema, indexes))
    return f"\n{_OUTSIDE}\nSET statement_timeout = 0;\n{statements}"


def _statements(connection: Connection, schema: str, indexes: Sequence[AddedIndex]) -> list[str]:
    values = {"schema": schema, "names": [index.name for index in indexes]}
    unfinished = [row["name"] for row in connection.execute(_UNFINISHED, values)]
    gone = [f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(schema)}.{quoted(name)}" for name in unfinished]
    return [*gone, *(_create(schema, index) for index in indexes)]


def _create(schema: str, index: AddedIndex) -> str:
    table = f"{quoted(schema)}.{quoted(index.table)}"
    on = f"{table} ({', '.join(map(quoted, index.columns))})"
    return f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {quoted(index.name)} ON {on}"


@contextmanager
def _alone(address: PostgresAddress) -> Iterator[None]:
    """Keep others from building at the same time: each would wait for the transaction of the other.

    It is asked for again and again, as a statement that waits for a lock would be waited for by the build.
    """
    with closing(ConnectionHolder(address)) as others:
        lock = RunLock(others, INDEXES)
        with suppress(NoRunLock):  # where there is only one connection, nobody else has one
            while not lock.acquire():
                time.sleep(_PAUSE)
    try:
        yield
    finally:
        lock.release()
