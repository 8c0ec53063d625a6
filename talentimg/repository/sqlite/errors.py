"""Turns errors of SQLite into ours."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from talentimg.errors import (
    CannotCreate,
    RowRefused,
    StoreLocked,
    StoreNotFound,
    StoreUnavailable,
    StoreUnreadable,
)
from talentimg.owners import whose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from talentimg.errors import TalentimgError


_LONGEST_REASON: Final = 200


# The system's own reason is lost on the way, and SQLite says SQLITE_FULL for only one of the calls that fail
# on a full disk. What it writes beside a roster, even to read it, grows by pieces of 32 kB, of which nothing
# is left once the last did not fit. https://www.sqlite.org/walformat.html#the_wal_index_file_format
_MAY_BE_FULL: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMMAP,
    }
)
_A_PIECE: Final = 32_768 + 4_096


def room_at(path: Path) -> int:
    """The bytes that are left for this user on the disk of a file; one that tells nothing is not full."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return sys.maxsize
    return found.f_bavail * found.f_frsize


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into ours, except those that can only be mistakes of this program."""
    try:
        yield
    except sqlite3.Error as error:
        ours = translate(error, path)
        if ours is None:
            raise
        raise ours from error


def translate(
    error: sqlite3.Error, path: Path, room: Callable[[Path], int] = room_at
) -> TalentimgError | None:
    """Our error for one of SQLite's; None if that can only be a mistake of this program.

    Args:
        error: what SQLite raised.
        path: the file of the roster.
        room: tells how many bytes are left where it lies.
    """
    if _lacks_something(error):
        return lacks_tables(path)
    if str(error).startswith("Could not decode to UTF-8"):  # what the driver raises has no code
        return _not_text(path)
    if code_of(error) == sqlite3.SQLITE_CONSTRAINT:
        return _refused_row(error, path)
    if getattr(error, "sqlite_errorcode", None) in _MAY_BE_FULL and room(path) < _A_PIECE:
        return _no_space(path)
    ours = _BY_CODE.get(code_of(error))
    return ours(path) if ours else None


def code_of(error: sqlite3.Error) -> int | None:
    """SQLite's primary code for an error; None if SQLite did not raise it."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # the other bytes are details


def _lacks_something(error: sqlite3.Error) -> bool:
    text = str(error)
    return (
        text.startswith(("no such table", "no such column", "no such index")) or "has no column named" in text
    )


def no_store(path: Path) -> StoreNotFound:
    """The error for a roster that does not exist yet."""
    return StoreNotFound(
        f"There is no roster yet at {path}.", hint='Add the first talent with: talentimg add "NAME"'
    )


def forbidden(path: Path) -> CannotCreate:
    """The error for a roster that we may not open or write."""
    return CannotCreate(
        f"The roster at {path} cannot be opened or written.{whose(str(path))}",
        hint="Check that you may write to the file and to its folder.",
    )


def lacks_tables(path: Path) -> StoreUnreadable:
    """The error for a database that lacks a table, column or index of the roster."""
    return StoreUnreadable(
        f"The database at {path} lacks a table, column or index of the roster.",
        hint="Bring it up to date with: talentimg migrate",
    )


def _locked(path: Path) -> StoreLocked:
    return StoreLocked(
        f"The roster at {path} is locked by another process.", hint="Try again when it has finished."
    )


def _refused_row(error: sqlite3.Error, path: Path) -> RowRefused:
    # SQLite names the columns of a constraint, and what a trigger says.
    return RowRefused(
        f"The database at {path} refuses a row: {str(error)[:_LONGEST_REASON]}.",
        hint="Look for the trigger or the constraint that is against it.",
    )


def _not_a_roster(path: Path) -> StoreUnreadable:
    return StoreUnreadable(
        f"The file {path} is not a roster.", hint="Choose another file with TALENTIMG_DATABASE_URL."
    )


def _not_text(path: Path) -> StoreUnreadable:
    return StoreUnreadable(
        f"The roster at {path} holds a text that is not UTF-8: some other program has written it.",
        hint="Correct it with that program, or replace the roster with a copy from a backup.",
    )


def _damaged(path: Path) -> StoreUnreadable:
    return StoreUnreadable(f"The roster at {path} is damaged.", hint="Replace it with a copy from a backup.")


def _no_space(path: Path) -> StoreUnavailable:
    return StoreUnavailable(
        f"The disk of the roster at {path} is full.",
        hint="Make room, or raise the quota, then run this again.",
    )


def _disk_error(path: Path) -> StoreUnavailable:
    return StoreUnavailable(
        f"The disk failed to read or write the roster at {path}.",
        hint="Check the disk, then run this again.",
    )


# https://www.sqlite.org/rescode.html
_BY_CODE: Final[Mapping[int | None, Callable[[Path], TalentimgError]]] = {
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_READONLY: forbidden,
    sqlite3.SQLITE_CANTOPEN: forbidden,
    sqlite3.SQLITE_PERM: forbidden,
    sqlite3.SQLITE_NOTADB: _not_a_roster,
    sqlite3.SQLITE_CORRUPT: _damaged,
    sqlite3.SQLITE_FULL: _no_space,
    sqlite3.SQLITE_IOERR: _disk_error,
}
