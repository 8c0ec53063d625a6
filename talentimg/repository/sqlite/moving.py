"""Whole tables of a SQLite file, for moving house."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.moving.interface import TableStore
from talentimg.repository.moving.kinds import Kind
from talentimg.repository.moving.shapes import AGENCY, Column, Shape, reader
from talentimg.repository.naming import OWN
from talentimg.repository.sqlite.backend import SqliteBackend
from talentimg.repository.sqlite.statements import SqliteSql
from talentimg.repository.tombstones import forgotten
from talentimg.repository.urls import sqlite_path

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface import Forgotten
    from talentimg.repository.moving.kinds import Key, Row

_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table'"
_COLUMNS: Final = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY cid'
_DECLARED: Final = (
    ("INT", Kind.INTEGER),
    ("BOOL", Kind.BOOLEAN),
    ("BLOB", Kind.BYTES),
    ("REAL", Kind.REAL),
    ("FLOA", Kind.REAL),
    ("DOUB", Kind.REAL),
)


class SqliteTables(SqliteBackend, TableStore):
    """Made by `open`."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  as the backend takes them
        super().__init__(*args, **named)
        # Rows come table by table; what refers to what is as it was where they come from.
        self._connection.execute("PRAGMA foreign_keys = OFF")
        self._is_open = False

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._connection_holder.connection

    @property
    def place(self) -> str:
        return f"the roster at {self._connection_holder.path}"

    @property
    def app(self) -> None:
        """None: the tables of a file are our own."""

    def shapes(self) -> Mapping[str, Shape]:
        with self._connection_holder.alone() as connection:
            names = {row[0] for row in connection.execute(_TABLES)}
            ours = {name.removeprefix(f"{OWN}_") for name in names if name.startswith(f"{OWN}_")}
            return {name: _shape(connection, name) for name in (*sorted(ours), *AGENCY)}

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._connection_holder.alone() as connection:
            connection.execute("BEGIN")
            try:
                yield
            finally:
                connection.rollback()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._is_open:
            yield
            return
        with self._writing(through_power_loss=True):
            self._is_open = True
            try:
                yield
            finally:
                self._is_open = False

    def lock(self) -> bool:
        return self._run_lock.acquire()

    def count(self, shape: Shape) -> int:
        ((rows,),) = self._run(f"SELECT count(*) FROM {_table(shape.name)}")  # noqa: S608  names
        return int(rows)

    def page(self, shape: Shape, after: Key | None) -> list[Row]:
        key = ", ".join(map(_quoted, shape.key))
        beyond = f"WHERE ({key}) > ({_gaps(shape.key)})" if after is not None else ""
        statement = f"{_select(shape)} {beyond} ORDER BY {key} LIMIT {shape.page}"
        return list(map(reader(shape), self._run(statement, after or ())))

    def find(self, shape: Shape, column: str | None, keys: Sequence[Key]) -> list[Row]:
        names = shape.key if column is None else (column,)
        return list(map(reader(shape), self._run(f"{_select(shape)} {_among(names)}", [_sent(keys)])))

    def put(self, shape: Shape, rows: Sequence[Row], *, keep: frozenset[str] = frozenset()) -> None:
        names = ", ".join(map(_quoted, shape.names))
        changed = [name for name in shape.names if name not in {*shape.key, *keep}]
        changes = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in changed)
        statement = f"""
            INSERT INTO {_table(shape.name)} ({names}) VALUES ({_gaps(shape.names)})
            ON CONFLICT ({", ".join(map(_quoted, shape.key))})
            DO {f"UPDATE SET {changes}" if changes else "NOTHING"}
        """  # noqa: S608  names of our own
        with self.transaction():
            self._connection.executemany(statement, rows)

    def drop(self, shape: Shape, keys: Sequence[Key]) -> None:
        with self.transaction():
            statement = f"DELETE FROM {_table(shape.name)} {_among(shape.key)}"  # noqa: S608  likewise
            self._connection.execute(statement, [_sent(keys)])

    def clear(self, table: str) -> None:
        with self.transaction():
            self._connection.execute(f"DELETE FROM {_table(table)}")  # noqa: S608  likewise

    def settle(self) -> None:
        """A file numbers new rows from the largest number that is there."""

    def forgotten(self, what: Sequence[tuple[str, str | None]]) -> list[Forgotten]:
        with self._connection_holder.alone() as connection:
            return forgotten(SqliteSql(connection), what)

    def _run(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with self._connection_holder.alone() as connection:
            return connection.execute(statement, values).fetchall()


def open_tables(url: str, names: AppNames, *, create: bool, read_only: bool) -> SqliteTables:
    """The tables of what a SQLite URL names. `names` is ignored: the tables of a file are our own."""
    del names
    return SqliteTables.open(sqlite_path(url), create=create, read_only=read_only)


def _shape(connection: sqlite3.Connection, name: str) -> Shape:
    table = name if name in AGENCY else f"{OWN}_{name}"
    rows = connection.execute(_COLUMNS, [table]).fetchall()
    known = [row for row in rows if row["name"] in AGENCY.get(name, (row["name"],))]
    columns = {row["name"]: Column(_kind(row["type"]), bool(row["notnull"])) for row in known}
    key = [row["name"] for row in sorted(rows, key=lambda row: int(row["pk"])) if row["pk"]]
    return Shape(name, columns, tuple(key))


def _kind(declared: str) -> Kind:
    """By the rules of SQLite: https://sqlite.org/datatype3.html 3.1."""
    return next((kind for part, kind in _DECLARED if part in declared.upper()), Kind.TEXT)


def _select(shape: Shape) -> str:
    return f"SELECT {', '.join(map(_quoted, shape.names))} FROM {_table(shape.name)}"  # noqa: S608  likewise


def _among(names: Sequence[str]) -> str:
    """The condition that these columns are those of one of some keys, which are sent as JSON."""
    listed = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(names)))
    return f"WHERE ({', '.join(map(_quoted, names))}) IN (SELECT {listed} FROM json_each(?))"  # noqa: S608  likewise


def _sent(keys: Sequence[Key]) -> str:
    return json.dumps([list(key) for key in keys])


def _table(name: str) -> str:
    return _quoted(name if name in AGENCY else f"{OWN}_{name}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _gaps(names: Sequence[str]) -> str:
    return ", ".join("?" * len(names))
