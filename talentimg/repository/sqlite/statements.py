"""Statements that both databases share, on a SQLite file."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from talentimg.repository.naming import OWN
from talentimg.repository.sql import Sql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from talentimg.repository.sqlite.database import Database

_OURS: Final = re.compile(rf"\b{OWN}\.(\w)")
_AGENCYS: Final = re.compile(r"@(\w+)")
_LISTS: Final = re.compile(r"IN \(:(\w+)\)")
_ROWS: Final = re.compile(r"EACH \(:(\w+)\)")
_DEFAULT: Final = 'SELECT "notnull", dflt_value FROM pragma_table_info(?) WHERE name = ?'
_STILL_NAMED: Final = """
SELECT DISTINCT json_extract(f.value, '$[1]') AS key
FROM talentimg_pictures AS p, json_each(p.renditions) AS f
WHERE json_extract(f.value, '$[1]') IN (SELECT value FROM json_each(?))
"""


@cache
def _translated(statement: str) -> str:
    statement = _OURS.sub(rf"{OWN}_\1", statement)
    statement = _LISTS.sub(r"IN (SELECT value FROM json_each(:\1))", statement)
    statement = _ROWS.sub(r"(SELECT value FROM json_each(:\1))", statement)
    return _AGENCYS.sub(r'"\1"', statement)


class SqliteSql(Sql):
    """Runs them in a transaction of the caller's. Writers come one at a time, so nothing has to be locked."""

    def __init__(self, connection: sqlite3.Connection | Database) -> None:
        self._connection = connection

    @property
    def database(self) -> Database:
        """What it writes to; only of a transaction that writes."""
        return cast("Database", self._connection)

    def ask(self, statement: str, **values: Any) -> Callable[[], Sequence[sqlite3.Row]]:  # noqa: ANN401  as the driver takes them
        rows = self._run(statement, values).fetchall()
        return lambda: rows

    def ask_change(self, statement: str, **values: Any) -> Callable[[], int]:  # noqa: ANN401  likewise
        number = self._run(statement, values).rowcount
        return lambda: number

    def send(self, statement: str, **values: Any) -> None:  # noqa: ANN401  likewise
        self._run(statement, values)

    def _run(self, statement: str, values: dict[str, Any]) -> sqlite3.Cursor:
        lists = {name: json.dumps(list(v)) for name, v in values.items() if isinstance(v, (list, tuple, set))}
        return self._connection.execute(_translated(statement), values | lists)

    def table(self, ours: str) -> str:
        return ours

    def unset(self, table: str, column: str) -> str:
        ((is_needed, default),) = self._connection.execute(_DEFAULT, [table, column])
        if default is not None:
            return f"({default})"
        return f'"{column}"' if is_needed else "NULL"

    def still_named(self, keys: Iterable[str]) -> set[str]:
        return {row["key"] for row in self._connection.execute(_STILL_NAMED, [json.dumps(list(keys))])}

    def lock_talents(self, talent_ids: Sequence[str]) -> None:
        """Whoever writes has the file for themselves."""

    def lock_pictures(self) -> None:
        """Whoever writes has the file for themselves."""
