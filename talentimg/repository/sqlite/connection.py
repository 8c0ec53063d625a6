"""The SQLite file and the connection to it.

Only `sqlite3` is imported here, because commands that only read must start fast.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple

from talentimg.errors import CannotCreate, StoreUnreadable
from talentimg.owners import give, make_folders
from talentimg.repository.migrations.revisions import forgotten
from talentimg.repository.naming import VERSION_TABLE, own_table
from talentimg.repository.sqlite import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from talentimg.repository.sqlite.database import Database

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that is writing."""

_VERSION_TABLE, _ = own_table(VERSION_TABLE, "sqlite")


# No dataclass, as that would take five times as long to define, in every command.
class SchemaState(NamedTuple):
    """Whether a file is `empty`, without any table, and its schema version if it has one."""

    empty: bool
    version: str | None


def exists(path: Path) -> bool:
    """Whether there is a file that could be a roster.

    Raises:
        StoreUnreadable: there is something else, such as a folder.
        CannotCreate: we may not look.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise errors.forbidden(path) from error
    if stat.S_ISDIR(mode):
        raise StoreUnreadable(f"{path} is a folder, not a roster.", hint="Name a file in it instead.")
    if not stat.S_ISREG(mode):
        raise StoreUnreadable(f"{path} is not a regular file, so it cannot be a roster.")
    return True


def make(path: Path) -> None:
    """Make the file, readable by its owner only, and its folder; an existing file is left alone.

    Raises:
        CannotCreate: the folder or the file cannot be made.
    """
    if exists(path):
        return
    try:
        make_folders(str(path.parent), 0o700)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        give(handle, str(path.parent))
        os.close(handle)
    except OSError as error:
        # Another process may have made it first. If not, the path is a dangling symbolic link, or
        # something above it is not a folder.
        if not (isinstance(error, FileExistsError) and exists(path)):
            raise CannotCreate(
                f"The roster cannot be created at {path}.",
                hint="Check that its folder exists and is writable, or choose another place with "
                "TALENTIMG_DATABASE_URL.",
            ) from error


def connect(path: Path, *, timeout: float = BUSY_TIMEOUT, read_only: bool = False) -> sqlite3.Connection:
    """Connect to a file that exists; the caller begins and ends transactions.

    Call this, and use the connection, inside `errors.translated`.

    Args:
        path: the file.
        timeout: seconds to wait for another process that is writing.
        read_only: whether nothing will be written: then it may lie where nothing can be.
    """
    connection = _open(path, "mode=rw", timeout)
    if read_only and not _can_be_read(connection, path):
        connection.close()
        connection = _open(path, "mode=ro&immutable=1", timeout)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _open(path: Path, mode: str, timeout: float) -> sqlite3.Connection:
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(
        f"file:{quoted}?{mode}", uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    return connection


def _can_be_read(connection: sqlite3.Connection, path: Path) -> bool:
    """False where SQLite would have to make files beside the roster, may not, and does not need them.

    It does not need them while nobody writes: what is not in the roster yet is in its `-wal` file.
    https://www.sqlite.org/wal.html#read_only_databases
    """
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.OperationalError as error:
        cannot_make = errors.code_of(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not cannot_make or not os.access(path, os.R_OK) or _has_unread(path):
            raise
        return False
    return True


def _has_unread(path: Path) -> bool:
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def prepare(connection: sqlite3.Connection, *, read_only: bool) -> None:
    """Set up a connection for a repository."""
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    else:
        _prefer_wal(connection)
        # What is deleted is overwritten: https://www.sqlite.org/pragma.html#pragma_secure_delete
        connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")


def _prefer_wal(connection: sqlite3.Connection) -> None:
    """Let others read while one writes. If that cannot be set just now, a later process will set it.

    https://www.sqlite.org/wal.html
    """
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if errors.code_of(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY):
            raise


def schema_state(connection: sqlite3.Connection, path: Path) -> SchemaState:
    """Which tables the file has.

    Raises:
        StoreUnreadable: only tables that have nothing to do with a roster, or nothing tells their version.
    """
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names:
        return SchemaState(empty=True, version=None)
    if _VERSION_TABLE in names:
        row = connection.execute(f"SELECT version_num FROM {_VERSION_TABLE}").fetchone()  # noqa: S608  our own name
        if row is None:
            raise forgotten(path, _VERSION_TABLE)
        return SchemaState(empty=False, version=row[0])
    if "Talent" not in names:
        raise StoreUnreadable(
            f"{path} is the database of some other program, not a roster.",
            hint="Choose another file with TALENTIMG_DATABASE_URL.",
        )
    return SchemaState(empty=False, version=None)


def schema_state_at(path: Path) -> SchemaState:
    """Which tables a file has; it may not exist yet."""
    if not exists(path):
        return SchemaState(empty=True, version=None)
    with errors.translated(path), closing(connect(path, read_only=True)) as connection:
        return schema_state(connection, path)


class ConnectionHolder:
    """The one connection that all threads of a repository share, as statements are short."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        self._lock = RLock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, in a transaction, so that all statements see the same state."""
        with self._lock, errors.translated(self.path):
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                self.connection.rollback()

    def rows(
        self, statement: str, values: Sequence[str | int] | Mapping[str, object] = ()
    ) -> list[sqlite3.Row]:
        """The rows of one statement that reads; it sees a consistent state without a transaction."""
        with self._lock, errors.translated(self.path):
            return self.connection.execute(statement, values).fetchall()

    @contextmanager
    def writing(self, *, through_power_loss: bool = False) -> Iterator[Database]:
        """The database, in a transaction that is committed completely or not at all."""
        with self._lock, errors.translated(self.path):
            db = self._database()
            # In WAL mode, NORMAL survives a crash of the process, and FULL also one of the machine:
            # https://www.sqlite.org/pragma.html#pragma_synchronous
            self.connection.execute(f"PRAGMA synchronous = {'FULL' if through_power_loss else 'NORMAL'}")
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield db
                self.connection.execute("COMMIT")
            except BaseException:
                self.connection.rollback()
                raise

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """The connection, outside of a transaction: for what SQLite does in none."""
        with self._lock, errors.translated(self.path):
            yield self.connection

    def _database(self) -> Database:
        # Imported here, as importing sqlite-utils takes longer than a whole command that only reads.
        from talentimg.repository.sqlite.database import Database  # noqa: PLC0415

        return Database(self.connection)

    def close(self) -> None:
        """Close the connection."""
        with self._lock, suppress(sqlite3.Error):
            self.connection.close()
