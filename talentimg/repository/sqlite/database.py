"""The SQLite file as sqlite-utils sees it; loaded by the first write, as sqlite-utils is dear to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlite_utils

if TYPE_CHECKING:
    import sqlite3


class Database(sqlite_utils.Database):
    """Our connection, with inserts and upserts of whole rows; the transactions stay the caller's."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # Plugins of sqlite-utils are a matter of its command line, not ours.
        super().__init__(connection, recursive_triggers=False, execute_plugins=False)

    @property
    def supports_on_conflict(self) -> bool:
        """True; to find out, sqlite-utils would make and drop a table in the middle of our transaction."""
        return True  # our schema needs a newer SQLite than ON CONFLICT
