"""Statements that both databases share, on Postgres."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.sql import Sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from talentimg.repository.postgres.connection import Row
    from talentimg.repository.postgres.database import Database

_LISTS: Final = re.compile(r"IN \(:(\w+)\)")
_ROWS: Final = re.compile(r"EACH \(:(\w+)\)")
_VALUES: Final = re.compile(r"(?<!:):(\w+)")
_STILL_NAMED: Final = """
SELECT DISTINCT f ->> 1 AS key FROM talentimg.pictures AS p, jsonb_array_elements(p.renditions) AS f
WHERE f ->> 1 = ANY(%(keys)s)
"""
# Whoever writes a row of it has to wait, and whoever is writing one is waited for; reading goes on.
_ALONE: Final = "LOCK TABLE talentimg.pictures IN SHARE ROW EXCLUSIVE MODE"
_AMONG_WRITERS: Final = "LOCK TABLE talentimg.pictures IN ROW EXCLUSIVE MODE"


@cache
def _translated(statement: str) -> str:
    statement = _ROWS.sub(r"(SELECT unnest(CAST(:\1 AS text[])) AS value)", statement)
    return _VALUES.sub(r"%(\1)s", _LISTS.sub(r"= ANY(:\1)", statement))


class PostgresSql(Sql):
    """Runs them in a transaction of the caller's."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def database(self) -> Database:
        """What it writes to."""
        return self._db

    def ask(self, statement: str, **values: Any) -> Callable[[], Sequence[Row]]:  # noqa: ANN401  as the driver takes them
        return self._db.execute(_translated(statement), **_as_lists(values)).fetchall

    def ask_change(self, statement: str, **values: Any) -> Callable[[], int]:  # noqa: ANN401  likewise
        # In a pipeline, only the rows of a statement tell how many they were.
        counted = f"{_translated(statement).rstrip()} RETURNING 1"
        cursor = self._db.execute(counted, **_as_lists(values))
        return lambda: len(cursor.fetchall())

    def send(self, statement: str, **values: Any) -> None:  # noqa: ANN401  likewise
        self._db.execute(_translated(statement), **_as_lists(values))

    def table(self, ours: str) -> str:
        return self._db.names.table(ours)

    def unset(self, table: str, column: str) -> str:
        found = self._db.app.column(table, column)
        if found is None or found.has_default or not found.is_needed:
            return "DEFAULT"
        return f'"{column}"'

    def still_named(self, keys: Iterable[str]) -> set[str]:
        return {row["key"] for row in self._db.execute(_STILL_NAMED, keys=list(keys))}

    def lock_talents(self, talent_ids: Sequence[str]) -> None:
        self._db.lock_talents(talent_ids)

    def lock_pictures(self) -> None:
        self._db.execute(_ALONE)


def join_writers(db: Database) -> None:
    """Wait until nobody is removing pictures, and keep everybody from it until the transaction ends."""
    db.execute(_AMONG_WRITERS)


def _as_lists(values: dict[str, Any]) -> dict[str, Any]:
    return {name: list(v) if isinstance(v, (tuple, set)) else v for name, v in values.items()}
