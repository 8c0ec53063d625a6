"""The SQLite file as sqlite-utils sees it; imported by the first write, as that takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlite_utils

if TYPE_CHECKING:
    import sqlite3


class Database(sqlite_utils.Database):
    """Inserts and upserts whole rows over our connection, in transactions of the caller's."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # Plugins are for the command line of sqlite-utils.
        super().__init__(connection, recursive_triggers=False, execute_plugins=False)

    @property
    def supports_on_conflict(self) -> bool:
        """Always True, as our schema needs a newer SQLite than ON CONFLICT.

        To find out, sqlite-utils would make and drop a table in the middle of our transaction.
        """
        return True
