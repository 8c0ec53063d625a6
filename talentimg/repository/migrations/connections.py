"""The connections that the steps run on, and the lock around them."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from talentimg.repository import sqlite_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

_PATIENCE = 30.0
"""Seconds to wait for another migrator, who may be busy with a large store."""

_LOCK = 7_267_001_946
"""The key of our advisory lock on Postgres; any number does that nobody else uses."""


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A connection in one transaction that keeps every other migrator out from its beginning to its end.

    The lock is taken before anything is read: a migrator that looked first and waited then would
    act on what it saw before the other one had finished.
    """
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            # It ends with the transaction, so it holds behind a pooler in transaction mode as well.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield connection


@contextmanager
def looking(path: Path) -> Iterator[Connection]:
    """A connection to look at a SQLite store as it is; one that is not there is an empty one."""
    engine = sqlite_engine(path, begin="BEGIN") if sqlite_file.exists(path) else create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def sqlite_engine(path: Path, *, begin: str = "BEGIN IMMEDIATE", patience: float = _PATIENCE) -> Engine:
    """An engine on a SQLite file whose transactions are writers from their first statement.

    `BEGIN IMMEDIATE` makes a second migrator wait, where one that has read before it writes would fail.
    """
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite_file.connect(path, timeout=patience), poolclass=NullPool
    )

    # Python's sqlite3 would begin its own transactions, and later than we want.
    # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite become ours, also those that SQLAlchemy wrapped."""
    try:
        with sqlite_file.translated(path):
            yield
    except DBAPIError as error:
        ours = sqlite_file.translate(error.orig, path) if isinstance(error.orig, sqlite3.Error) else None
        if ours is None:
            raise
        raise ours from error
