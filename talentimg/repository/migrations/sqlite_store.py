"""Connections to a SQLite file for migrations, and their lock."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from talentimg.errors import ConfigError
from talentimg.repository.app_names import ACCOUNT, AS_OURS, TALENT, USER
from talentimg.repository.migrations.store import Store
from talentimg.repository.sqlite import connection as sqlite_file
from talentimg.repository.sqlite import errors
from talentimg.repository.urls import sqlite_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from talentimg.errors import StoreNotFound
    from talentimg.repository.app_names import AppNames

_LOCK_TIMEOUT = 30.0
"""Seconds to wait for another migrator, which may be busy with a large store."""

_IDS: Final[Mapping[str, Collection[str]]] = {
    TALENT: ("id", "userId"),
    USER: ("id",),
    ACCOUNT: ("id", "creatorId"),
}


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that keeps all other migrators out."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def looking(path: Path) -> Iterator[Connection]:
    """A connection that reads a SQLite store; one that does not exist is empty."""
    engine = sqlite_engine(path, begin="BEGIN") if sqlite_file.exists(path) else create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def sqlite_engine(
    path: Path, *, begin: str = "BEGIN IMMEDIATE", lock_timeout: float = _LOCK_TIMEOUT
) -> Engine:
    """An engine for a SQLite file, whose transactions hold the write lock from the beginning.

    With `BEGIN IMMEDIATE` a second migrator waits; one that reads before it writes would fail.
    """
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite_file.connect(path, timeout=lock_timeout), poolclass=NullPool
    )

    # Python's sqlite3 would begin transactions by itself, and too late.
    # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into ours, including those that SQLAlchemy has wrapped."""
    try:
        with errors.translated(path):
            yield
    except DBAPIError as error:
        ours = errors.translate(error.orig, path) if isinstance(error.orig, sqlite3.Error) else None
        if ours is None:
            raise
        raise ours from error


class SqliteStore(Store):
    """A SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place: Path | str = path
        self.names = AS_OURS

    @property
    def script_begin(self) -> str:
        return "BEGIN IMMEDIATE;"

    def state(self) -> tuple[str | None, bool]:
        found = sqlite_file.schema_state_at(self._path)
        return found.version, not found.empty

    def nothing_there(self) -> StoreNotFound:
        return errors.no_store(self._path)

    def problems(self, platforms: Collection[str]) -> list[str]:
        del platforms  # columns of a file take any text
        with self.looking() as connection:
            return [
                sentence for table, ids in _IDS.items() for sentence in _wrong_ids(connection, table, ids)
            ]

    def check(self, *, new_roster: bool, platforms: Collection[str]) -> None:
        found = [] if new_roster else self.problems(platforms)
        if found:
            raise ConfigError(
                f"Nothing was changed in {self._path}: {' '.join(found)}",
                hint="`talentimg migrate --status` says what would be done.",
            )

    @contextmanager
    def migrating(self, *, down: bool) -> Iterator[Connection]:
        if not down:
            sqlite_file.make(self._path)
        with translated(self._path), migrating(sqlite_engine(self._path)) as connection:
            yield connection

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        with translated(self._path), looking(self._path) as connection:
            yield connection


def _wrong_ids(connection: Connection, table: str, ids: Collection[str]) -> Iterator[str]:
    """Ids that SQLite would keep as numbers (https://sqlite.org/datatype3.html 3.1)."""
    for row in connection.exec_driver_sql(f'PRAGMA table_info("{table}")').mappings():
        declared = str(row["type"])
        if row["name"] in ids and not re.search("CHAR|CLOB|TEXT", declared.upper()):
            where = f'The column "{row["name"]}" of the table "{table}"'
            yield f"{where} is of the type {declared.lower() or 'none'}, and has to be text, as an id."


def open_store(url: str, names: AppNames) -> SqliteStore:
    """The file that a URL names. `names` is ignored: the tables of a file are our own."""
    del names
    return SqliteStore(sqlite_path(url))
