"""Finds out which column it is that refuses what was found for a talent, where the database does not say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talentimg.errors import RowRefused
from talentimg.repository.app_names import ACCOUNT, TALENT
from talentimg.repository.postgres.results import account_look, app_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from talentimg.repository.interface import Change
    from talentimg.repository.postgres.connection import ConnectionHolder, Row
    from talentimg.repository.postgres.tables import Statements


def explained(
    error: RowRefused, change: Change, now: datetime, sql: Statements, holder: ConnectionHolder
) -> RowRefused:
    """The error, with the talent, and with table, column and row as far as they can be found out.

    Args:
        error: what the database said of this change alone.
        change: the change.
        now: the time that it was written with.
        sql: makes statements for this database.
        holder: holds a connection to it.
    """
    for table, row in _rows(change, now):
        for name in row:
            if _refuses(table, name, row, sql, holder):
                column = sql.app.column(table, name)
                where = f'"{column.name if column else name}" of the table "{sql.names.table(table)}"'
                kind = f" (its type is {column.type})" if column else ""
                return RowRefused(
                    f"What was found for {change.talent_id!r} was not stored: the column {where}{kind} "
                    f"does not take it in the row {row['id']!r}."
                )
    return RowRefused(f"What was found for {change.talent_id!r} was not stored: {error.message}")


def _rows(change: Change, now: datetime) -> Iterator[tuple[str, Row]]:
    yield TALENT, app_row(change.talent_id, change.selection)
    for account_id, said in change.account_errors:
        yield ACCOUNT, account_look(change.talent_id, account_id, said, now)


def _refuses(table: str, name: str, row: Row, sql: Statements, holder: ConnectionHolder) -> bool:
    """Whether the type of a column does not take a value, whatever else the table wants."""
    statement = sql(f"SELECT FROM @rows({table} {name})")
    theirs = sql.names.column(name)
    try:
        holder.query(statement.text, {"rows": json.dumps([{theirs: row[name]}])})
    except RowRefused:
        return True
    return False
