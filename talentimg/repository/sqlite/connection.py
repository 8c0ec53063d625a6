"""The SQLite file itself: made, opened, judged, and its errors put into our words.

Plain `sqlite3` only: a command that reads must start fast.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate, StoreLocked, StoreNotFound, StoreUnavailable, StoreUnreadable
from talentimg.repository.naming import VERSION_TABLE, own_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talentimg.errors import TalentimgError

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process's write lock."""

_VERSION_TABLE, _ = own_table(VERSION_TABLE, "sqlite")


@dataclass(frozen=True, slots=True)
class SchemaState:
    """How far a file has come: `empty` of any table, and its schema version if it has one."""

    empty: bool
    version: str | None


def exists(path: Path) -> bool:
    """Whether there is a file that could be a roster.

    Raises:
        StoreUnreadable: there is something else, such as a folder.
        CannotCreate: one may not even look.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise closed(path) from error
    if stat.S_ISDIR(mode):
        raise StoreUnreadable(f"{path} is a folder, not a roster.", hint="Name a file in it instead.")
    if not stat.S_ISREG(mode):
        raise StoreUnreadable(f"{path} is not a plain file, so it cannot be a roster.")
    return True


def make(path: Path) -> None:
    """Make the file, for its owner only from the first byte, and its folder; leave alone what is there.

    Raises:
        CannotCreate: the folder or the file cannot be made.
    """
    if exists(path):
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        # Another process may have been faster. What is still not there is a dangling
        # symbolic link, or lies below something that is no folder.
        if not (isinstance(error, FileExistsError) and exists(path)):
            raise CannotCreate(
                f"The roster cannot be made at {path}.",
                hint="Check that its folder exists and may be written to, or choose another place "
                "with TALENTIMG_DATABASE_URL.",
            ) from error


def connect(path: Path, *, timeout: float = BUSY_TIMEOUT) -> sqlite3.Connection:
    """A connection to a file that exists; transactions are begun and ended by the caller.

    Call it, and use what it gives, inside `translated`.
    """
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(
        f"file:{quoted}?mode=rw", uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def prefer_wal(connection: sqlite3.Connection) -> None:
    """Let readers go on while one writes. Whoever comes later does it if it cannot be done just now.

    https://www.sqlite.org/wal.html
    """
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if _code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY):
            raise


def schema_state(connection: sqlite3.Connection, path: Path) -> SchemaState:
    """What the file holds.

    Raises:
        StoreUnreadable: tables that have nothing to do with a roster.
    """
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names:
        return SchemaState(empty=True, version=None)
    if _VERSION_TABLE in names:
        row = connection.execute(f"SELECT version_num FROM {_VERSION_TABLE}").fetchone()  # noqa: S608  our own name
        return SchemaState(empty=False, version=row[0] if row else None)
    if "Talent" not in names:
        raise StoreUnreadable(
            f"{path} is a database of something else, not a roster.",
            hint="Choose another file with TALENTIMG_DATABASE_URL.",
        )
    return SchemaState(empty=False, version=None)


def schema_state_at(path: Path) -> SchemaState:
    """The standing of a file that may not be there yet."""
    if not exists(path):
        return SchemaState(empty=True, version=None)
    with translated(path), closing(connect(path)) as connection:
        return schema_state(connection, path)


def no_store(path: Path) -> StoreNotFound:
    """The error for a roster that is not there yet."""
    return StoreNotFound(
        f"There is no roster yet at {path}.", hint='Add the first talent with: talentimg add "NAME"'
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite become ours. What can only be a mistake of this program passes as it is."""
    try:
        yield
    except sqlite3.Error as error:
        ours = translate(error, path)
        if ours is None:
            raise
        raise ours from error


def translate(error: sqlite3.Error, path: Path) -> TalentimgError | None:
    """Our error for one of SQLite's, if its cause lies outside this program."""
    if _lacks_something(error):
        return StoreUnreadable(
            f"The database at {path} lacks a table or column that a roster has.",
            hint="Bring it up to date with: talentimg migrate",
        )
    code = _code(error)
    if code not in _ERRORS:
        return None
    kind, sentence, hint = _ERRORS[code]
    return kind(sentence.format(path=path), hint=hint)


_CLOSED = (
    CannotCreate,
    "The roster at {path} cannot be opened or written.",
    "Check that you may write to the file and to its folder.",
)
_BUSY = (
    StoreLocked,
    "The roster at {path} is locked by another process.",
    "Try again when that one has ended.",
)

# https://www.sqlite.org/rescode.html
_ERRORS: dict[int, tuple[type[TalentimgError], str, str]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_NOTADB: (
        StoreUnreadable,
        "The file {path} is not a roster.",
        "Choose another file with TALENTIMG_DATABASE_URL.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        StoreUnreadable,
        "The roster at {path} is damaged.",
        "Put a copy from a backup in its place.",
    ),
    sqlite3.SQLITE_FULL: (
        StoreUnavailable,
        "There is no room left to write the roster at {path}.",
        "Free some space, then run this again.",
    ),
    sqlite3.SQLITE_IOERR: (
        StoreUnavailable,
        "The disk refuses to read or write the roster at {path}.",
        "Check the disk, then run this again.",
    ),
}


def _code(error: sqlite3.Error) -> int | None:
    # The low byte is the kind; the rest says more about it. Errors of Python's own layer have no code.
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _lacks_something(error: sqlite3.Error) -> bool:
    text = str(error)
    return text.startswith(("no such table", "no such column")) or "has no column named" in text


def closed(path: Path) -> TalentimgError:
    """The error for a roster that may not be opened or written."""
    kind, sentence, hint = _CLOSED
    return kind(sentence.format(path=path), hint=hint)
