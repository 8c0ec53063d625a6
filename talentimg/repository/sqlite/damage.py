"""Whether a SQLite file is sound, as SQLite itself judges it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from talentimg.repository.sqlite import errors
from talentimg.repository.sqlite.connection import connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_STEPS: Final = 100_000
"""Steps of SQLite's machine between two looks at the time: a few milliseconds."""
_MOST: Final = 3


def damage(path: Path, has_time: Callable[[], bool]) -> list[str] | None:
    """What is wrong with the pages of a file, in SQLite's words; None if there was no time for all of it.

    Indexes are not compared with their tables: https://www.sqlite.org/pragma.html#pragma_quick_check

    Raises:
        StoreUnreadable: the file cannot be read at all.
    """
    with errors.translated(path), closing(connect(path, read_only=True)) as connection:
        connection.set_progress_handler(lambda: not has_time(), _STEPS)
        try:
            rows = connection.execute(f"PRAGMA quick_check({_MOST})").fetchall()
        except sqlite3.OperationalError as error:
            if errors.code_of(error) == sqlite3.SQLITE_INTERRUPT:
                return None
            raise
    return [str(row[0]) for row in rows if row[0] != "ok"]
