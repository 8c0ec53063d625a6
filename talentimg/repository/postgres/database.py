"""A Postgres database as our statements see it: the app's tables and ours, by short names."""

from __future__ import annotations

import json
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.postgres.app_tables import TABLES
from talentimg.repository.postgres.tables import upsert
from talentimg.repository.stored import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from psycopg.rows import RowMaker

    from talentimg.repository.postgres.connection import Connection, Cursor, Row
    from talentimg.repository.postgres.tables import Statements

# In order of ids, so that two processes that write about the same talents cannot deadlock.
_LOCK_TALENTS: Final = "SELECT id FROM @Talent WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"

_COLUMNS: Final = """
SELECT c.relname AS table, a.attname AS column, a.attnotnull AND NOT a.atthasdef AS needed
FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s)
  AND a.attnum > 0 AND NOT a.attisdropped
"""


class Database:
    """Runs statements that name the agency's tables as `@Talent` and so on.

    Rows are sent as one JSON value, which Postgres converts to the types of the table itself: so a
    batch is one statement, and a column of the app may have any type that accepts our text.
    """

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements

    def execute(self, statement: str, **values: Any) -> Cursor:  # noqa: ANN401  as the driver takes them
        """Run a statement."""
        made = self._statements(statement)
        if not made.renamed:
            return self._connection.execute(made.text, values)
        cursor = self._connection.cursor(row_factory=partial(_named_as_ours, made.renamed))
        return cursor.execute(made.text, values)

    def lock_talents(self, talent_ids: Sequence[str]) -> Cursor:
        """Keep everybody else from writing about these talents until the transaction ends.

        Returns:
            Rows with the ids of those who exist.
        """
        return self.execute(_LOCK_TALENTS, ids=list(talent_ids))

    def execute_rows(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement on some rows, if there are any."""
        if rows:
            columns = self._statements.names.columns
            named = [{columns.get(name, name): value for name, value in row.items()} for row in rows]
            self.execute(statement, rows=json.dumps(named if columns else rows, ensure_ascii=False))

    def upsert(
        self, table: str, rows: Sequence[Row], key: tuple[str, ...], *, keep: tuple[str, ...] = ()
    ) -> None:
        """Insert rows into one of our tables, or update those that exist.

        Args:
            table: its short name.
            rows: the rows, all with the same columns.
            key: the columns of the primary key.
            keep: columns that an update leaves as they were.
        """
        if rows:
            self.execute_rows(upsert(table, tuple(rows[0]), key, keep), rows)

    def insert(self, table: str, rows: Sequence[Row], now: datetime) -> None:
        """Insert rows into one of the agency's tables, with `createdAt` and `updatedAt` where it has them."""
        if rows:
            times = {name: to_text(now) for name in ("createdAt", "updatedAt") if name in self.columns[table]}
            full = [times | row for row in rows]
            names = ", ".join(f'"{name}"' for name in full[0])
            statement = f"""INSERT INTO @{table} ({names})
                SELECT {names} FROM json_populate_recordset(NULL::@{table}, %(rows)s)"""  # noqa: S608  our names
            self.execute_rows(statement, full)

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, bool]]:
        """The columns of each of the agency's tables, and whether an insert has to provide a value."""
        names = self._statements.names
        tables: dict[str, str] = {names.table(known): known for known in TABLES}
        ours: dict[str, str] = {theirs: known for known, theirs in names.columns.items()}
        found: dict[str, dict[str, bool]] = {}
        for row in self.execute(_COLUMNS, schema=self._statements.schema, tables=list(tables)):
            columns = found.setdefault(tables[row["table"]], {})
            name = str(row["column"])
            columns[ours.get(name, name)] = row["needed"]
        return found


def _named_as_ours(renamed: Mapping[str, str], cursor: Any) -> RowMaker[Row]:  # noqa: ANN401  of any rows
    """Makes rows whose columns have our names."""
    names = [renamed.get(column.name, column.name) for column in cursor.description or ()]
    return lambda values: dict(zip(names, values, strict=True))
