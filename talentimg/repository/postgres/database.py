"""A Postgres database as our statements see it: the app's tables and ours, by short names."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.postgres.app_tables import check_stored
from talentimg.repository.postgres.errors import MISSING_ROWS
from talentimg.repository.postgres.tables import upsert
from talentimg.repository.stored import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from psycopg.rows import RowMaker

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.app_tables import AppTables
    from talentimg.repository.postgres.connection import Connection, Cursor, Row
    from talentimg.repository.postgres.tables import Statements

# In order of ids, so that two processes that write about the same talents cannot deadlock.
_LOCK_TALENTS: Final = "SELECT id FROM @Talent WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"
# Fails if rows are missing, and says where: so the end of the transaction can be sent along with it, as a
# database may be far away. `concat` is worked out with the number only, and not beforehand by the planner.
_NONE_MISSING: Final = """
SELECT CASE WHEN missing > 0 THEN concat(%(where)s::text, missing)::int END FROM ({missing}) AS counted
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

    def change(self, table: str, statement: str, **values: Any) -> None:  # noqa: ANN401  as the driver takes them
        """Run a statement that changes one row of one of the agency's tables.

        Raises:
            RowRefused: it was not stored, although the database did not say why.
        """
        changed = self.execute(f"{statement} RETURNING 1", **values).fetchall()
        check_stored(self.app, table, 1 - len(changed))

    def lock_talents(self, talent_ids: Sequence[str]) -> Cursor:
        """Keep everybody else from writing about these talents until the transaction ends.

        Returns:
            Rows with the ids of those who exist.
        """
        return self.execute(_LOCK_TALENTS, ids=list(talent_ids))

    def execute_rows(self, statement: str, rows: Sequence[Row], **values: str) -> Cursor | None:
        """Run a statement on some rows, if there are any."""
        if rows:
            columns = self._statements.names.columns
            named = [{columns.get(name, name): value for name, value in row.items()} for row in rows]
            sent = json.dumps(named if columns else rows, ensure_ascii=False)
            return self.execute(statement, rows=sent, **values)
        return None

    def store_rows(self, table: str, statement: str, missing: str, rows: Sequence[Row]) -> None:
        """Store some rows in one of the agency's tables, if there are any, and see to it that they are there.

        Args:
            table: its name.
            statement: begins with WITH, or is empty.
            missing: a query that counts, as `missing`, rows that were not stored.
            rows: the rows.

        Raises:
            RowRefused: some are not, although the database did not say why. This may be raised as late as
                when the transaction ends.
        """
        where = MISSING_ROWS % self.app.tables[table].name
        self.execute_rows(statement + _NONE_MISSING.format(missing=missing), rows, where=where)

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
        """Insert rows into one of the agency's tables, with `createdAt` and `updatedAt` where it has them.

        Raises:
            RowRefused: not all of them were stored, although the database did not say why.
        """
        if rows:
            known = self.app.tables[table].columns
            times = {name: to_text(now) for name in ("createdAt", "updatedAt") if name in known}
            full = [times | row for row in rows]
            names = ", ".join(f'"{name}"' for name in full[0])
            statement = f"""INSERT INTO @{table} ({names})
                SELECT {names} FROM @rows({table} {" ".join(full[0])}) RETURNING 1"""  # noqa: S608  our names
            cursor = self.execute_rows(statement, full)
            if cursor is not None:
                check_stored(self.app, table, len(full) - len(cursor.fetchall()))

    @property
    def names(self) -> AppNames:
        """What the app calls its tables."""
        return self._statements.names

    @property
    def app(self) -> AppTables:
        """The app's tables, as they were when the roster was opened."""
        return self._statements.app


def _named_as_ours(renamed: Mapping[str, str], cursor: Any) -> RowMaker[Row]:  # noqa: ANN401  of any rows
    """Makes rows whose columns have our names."""
    names = [renamed.get(column.name, column.name) for column in cursor.description or ()]
    return lambda values: dict(zip(names, values, strict=True))
