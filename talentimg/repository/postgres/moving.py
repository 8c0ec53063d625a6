"""Whole tables of a Postgres database, for moving house."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import psycopg

from talentimg.errors import StoreUnreadable
from talentimg.repository.app_names import ACCOUNT, USER
from talentimg.repository.moving.interface import AppRows, TableStore
from talentimg.repository.moving.kinds import Kind
from talentimg.repository.moving.shapes import AGENCY, Column, Shape, reader
from talentimg.repository.naming import OWN
from talentimg.repository.postgres import errors
from talentimg.repository.postgres.app_tables import check_stored
from talentimg.repository.postgres.backend import PostgresBackend
from talentimg.repository.postgres.connection import READ, WRITE, connect
from talentimg.repository.postgres.database import Database
from talentimg.repository.postgres.statements import PostgresSql
from talentimg.repository.tombstones import forgotten
from talentimg.repository.values import is_storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface import Forgotten
    from talentimg.repository.moving.kinds import Key, Row, Value
    from talentimg.repository.postgres.connection import Connection
    from talentimg.repository.postgres.connection import Row as ReadRow

_SHAPES: Final = b"""
SELECT c.relname::text AS table, a.attname::text AS name, t.typname::text AS type, a.attnotnull AS needed,
    array_position(string_to_array(i.indkey::text, ' ')::int[], a.attnum::int) AS place
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
WHERE n.nspname = %(own)s AND c.relkind IN ('r', 'p')
ORDER BY c.relname, a.attnum
"""
_TYPES: Final = {
    "bool": Kind.BOOLEAN,
    "int2": Kind.INTEGER,
    "int4": Kind.INTEGER,
    "int8": Kind.INTEGER,
    "float4": Kind.REAL,
    "float8": Kind.REAL,
    "numeric": Kind.REAL,
    "timestamp": Kind.TIME,
    "timestamptz": Kind.TIME,
    "json": Kind.JSON,
    "jsonb": Kind.JSON,
    "bytea": Kind.BYTES,
}
_ADDED: Final = b"SELECT name FROM talentimg.added WHERE kind = 'table'"
# Of all users of the app those who are talents, of two rows for one platform the one that counts (see
# `roster`).
_MEMBERS: Final = {
    USER: 'EXISTS (SELECT FROM @Talent AS m WHERE m."userId" = t.id)',
    ACCOUNT: """EXISTS (SELECT FROM @Talent AS m WHERE m.id = t."creatorId") AND NOT EXISTS (
        SELECT FROM @SocialAccountConnection AS o
        WHERE o."creatorId" = t."creatorId" AND lower(o.platform::text) = lower(t.platform::text)
        AND (o.connected, coalesce(o."updatedAt", 'infinity'), o.id)
            > (t.connected, coalesce(t."updatedAt", 'infinity'), t.id))""",
}
_SERIALS: Final = b"""
SELECT c.relname::text AS table, a.attname::text AS name,
    pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) AS sequence
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = %(own)s AND c.relkind = 'r' AND a.atthasdef
"""
# A move takes as long as it takes, and no setting of the role's is to end it in the middle.
_PATIENT: Final = (
    b"SET LOCAL statement_timeout = 0",
    b"SET LOCAL idle_in_transaction_session_timeout = 0",
)
_WRITTEN_TO_NULL: Final = "\\u0000"


class PostgresTables(PostgresBackend, TableStore, AppRows):
    """Made by `open`. Reads and writes over a connection of its own, as a transaction may be long."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  as the backend takes them
        super().__init__(*args, **named)
        self._own: Connection | None = None
        self._is_open = False
        self._types: dict[str, str] = {}

    @property
    def place(self) -> str:
        return self._connection_holder.address.place

    @property
    def app(self) -> AppRows | None:
        return self if self._is_the_apps else None

    @cached_property
    def _is_the_apps(self) -> bool:
        """Whether the agency's tables are not among those that `migrate` has made."""
        with self._using() as connection:
            made = {row["name"] for row in connection.execute(_ADDED)}
        return not set(AGENCY) <= made

    def shapes(self) -> Mapping[str, Shape]:
        with self._using() as connection:
            rows = connection.execute(_SHAPES, {"own": OWN}).fetchall()
        ours = {name: _shape(name, rows) for name in sorted({row["table"] for row in rows})}
        return ours | {name: self._agencys(name) for name in AGENCY}

    def _agencys(self, name: str) -> Shape:
        found = self._sql.app.tables[name].columns
        known = {one: found[one] for one in AGENCY[name] if one in found}
        kinds = {n: Column(_TYPES.get(c.base, Kind.TEXT), c.is_needed) for n, c in known.items()}
        return Shape(name, kinds, ("id",))

    # -- transactions ---------------------------------------------------------------

    @contextmanager
    def _using(self) -> Iterator[Connection]:
        """The connection, opened if need be; its errors are ours."""
        address = self._connection_holder.address
        if self._own is None:
            try:
                self._own = connect(address)
            except psycopg.Error as error:
                raise errors.not_connected(error, address.place) from None
        try:
            yield self._own
        except psycopg.Error as error:
            if self._own.closed or (error.sqlstate or "").startswith(errors.LOST_CLASSES):
                raise errors.unavailable(address.place) from None
            raise errors.translate(error, address.place) from None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._between((*READ, *_PATIENT)):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._is_open:
            yield
            return
        self._check_writable()
        with self._between((*WRITE, *_PATIENT)):
            yield

    @contextmanager
    def _between(self, begin: Sequence[bytes]) -> Iterator[None]:
        with self._using() as connection:
            connection.execute(b"; ".join(begin))  # one round trip
            self._is_open = True
            try:
                yield
                connection.execute(b"COMMIT")
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute(b"ROLLBACK")
                raise
            finally:
                self._is_open = False

    def lock(self) -> bool:
        return self._run_lock.acquire()

    def close(self) -> None:
        if self._own is not None:
            self._own.close()
        super().close()

    # -- reading --------------------------------------------------------------------

    def count(self, shape: Shape) -> int:
        (row,) = self._rows(f"SELECT count(*) AS rows FROM {self._from(shape)}")  # noqa: S608  names
        return int(row["rows"])

    def page(self, shape: Shape, after: Key | None) -> list[Row]:
        key = ", ".join(f't."{name}"' for name in shape.key)
        values = {f"after_{place}": value for place, value in enumerate(after or ())}
        gaps = ", ".join(f"%({name})s" for name in values)
        beyond = f"AND ({key}) > ({gaps})" if values else ""
        statement = f"{self._select(shape)} {beyond} ORDER BY {key} LIMIT {shape.page}"
        return _read(shape, self._rows(statement, **values))

    def find(self, shape: Shape, column: str | None, keys: Sequence[Key]) -> list[Row]:
        names = shape.key if column is None else (column,)
        statement = f"{self._select(shape)} AND {self._among(shape, names)}"
        return _read(shape, self._rows(statement, keys=_keys(names, keys)))

    def forgotten(self, what: Sequence[tuple[str, str | None]]) -> list[Forgotten]:
        with self._using() as connection:
            return forgotten(PostgresSql(Database(connection, self._sql)), what)

    def _rows(self, statement: str, **values: Value) -> list[ReadRow]:
        with self._using() as connection:
            return Database(connection, self._sql).execute(statement, **values).fetchall()

    def _select(self, shape: Shape) -> str:
        listed = ", ".join(self._column(shape, name) for name in shape.names)
        return f"SELECT {listed} FROM {self._from(shape)}"  # noqa: S608  names

    def _column(self, shape: Shape, name: str) -> str:
        """A column as it is read: an app may spell platforms in capitals."""
        is_spelt = shape.name == ACCOUNT and name == "platform" and self._is_the_apps
        return "lower(t.platform::text) AS platform" if is_spelt else f't."{name}"'

    def _from(self, shape: Shape) -> str:
        """The table, and the condition that a row is of the roster."""
        members = _MEMBERS.get(shape.name, "true") if shape.name in AGENCY and self._is_the_apps else "true"
        return f"{_table(shape.name)} AS t WHERE {members}"

    def _among(self, shape: Shape, names: Sequence[str]) -> str:
        """The condition that these columns are those of one of some keys, which are sent as JSON."""
        typed = ", ".join(f'"{name}" {self._type(shape, name)}' for name in names)
        listed = ", ".join(f't."{name}"' for name in names)
        keys = ", ".join(f'k."{name}"' for name in names)
        return f"({listed}) IN (SELECT {keys} FROM json_to_recordset(%(keys)s) AS k ({typed}))"  # noqa: S608  names

    @staticmethod
    def _type(shape: Shape, name: str) -> str:
        if shape.name in AGENCY:
            return f"@type({shape.name} {name})"
        return "bigint" if shape.columns[name].kind is Kind.INTEGER else "text"

    # -- writing --------------------------------------------------------------------

    def put(self, shape: Shape, rows: Sequence[Row], *, keep: frozenset[str] = frozenset()) -> None:
        changed = [name for name in shape.names if name not in {*shape.key, *keep}]
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in changed)
        names = ", ".join(f'"{name}"' for name in shape.names)
        self._change(
            f"""
            INSERT INTO {_table(shape.name)} ({names}) SELECT {names} FROM {_sent(shape)}
            ON CONFLICT ({", ".join(f'"{name}"' for name in shape.key)})
            DO {f"UPDATE SET {changes}" if changes else "NOTHING"}
            """,  # noqa: S608  names
            shape,
            rows,
        )

    def drop(self, shape: Shape, keys: Sequence[Key]) -> None:
        with self.transaction(), self._using() as connection:
            Database(connection, self._sql).execute(
                f"DELETE FROM {_table(shape.name)} AS t WHERE {self._among(shape, shape.key)}",  # noqa: S608  names
                keys=_keys(shape.key, keys),
            )

    def clear(self, table: str) -> None:
        with self.transaction(), self._using() as connection:
            connection.execute(f"DELETE FROM {_table(table)}".encode())  # noqa: S608  names

    def set_in_app(self, shape: Shape, rows: Sequence[Row]) -> None:
        changed = [name for name in shape.names if name not in shape.key]
        changes = ", ".join(f'"{name}" = r."{name}"' for name in changed)
        set_all = f"UPDATE {_table(shape.name)} AS t SET {changes} FROM {_sent(shape)}"  # noqa: S608  names
        found = self._change(f"{set_all} WHERE t.id = r.id RETURNING 1", shape, rows)
        check_stored(self._sql.app, shape.name, len(rows) - found)

    def add_to_app(self, shape: Shape, rows: Sequence[Row]) -> None:
        for row in rows:
            self._check_storable(shape, row)
        with self.transaction(), self._using() as connection:
            database = Database(connection, self._sql)
            for alike in _alike(self._named(shape, row) for row in rows):
                database.insert(shape.name, alike, datetime.now(UTC))

    def _change(self, statement: str, shape: Shape, rows: Sequence[Row]) -> int:
        """Run a statement on rows, and return how many it returned."""
        for row in rows:
            self._check_storable(shape, row)
        with self.transaction(), self._using() as connection:
            database = Database(connection, self._sql)
            cursor = database.execute_rows(statement, [self._named(shape, row) for row in rows])
            return len(cursor.fetchall()) if cursor is not None and cursor.description else 0

    def _named(self, shape: Shape, row: Row) -> ReadRow:
        """A row as Postgres takes it in JSON."""
        kinds = (column.kind for column in shape.columns.values())
        named = dict(zip(shape.names, map(_told, row, kinds), strict=True))
        column = self._sql.app.column(ACCOUNT, "platform")
        if shape.name == ACCOUNT and "platform" in named and column is not None:
            named["platform"] = column.spelt(named["platform"])
        return named

    def _check_storable(self, shape: Shape, row: Row) -> None:
        for value in row:
            if isinstance(value, str) and (not is_storable(value) or _WRITTEN_TO_NULL in value):
                raise StoreUnreadable(
                    f"A text in the table {shape.name} has a character that Postgres cannot hold "
                    f"({', '.join(map(str, shape.key_of(row)))}).",
                    hint="Correct it in the roster that it comes from, and say the same again.",
                )

    def settle(self) -> None:
        with self.transaction(), self._using() as connection:
            for row in connection.execute(_SERIALS, {"own": OWN}).fetchall():
                if row["sequence"] is not None:
                    table, name = _table(row["table"]), row["name"]
                    last = f'SELECT max("{name}") FROM {table}'  # noqa: S608  names
                    connection.execute(
                        f"SELECT setval(%(sequence)s, greatest(({last}), 1), ({last}) IS NOT NULL)".encode(),
                        {"sequence": row["sequence"]},
                    )


def open_tables(url: str, names: AppNames, *, create: bool, read_only: bool) -> PostgresTables:
    """The tables of a database, which is never made this way."""
    del create
    return PostgresTables.open(url, read_only=read_only, names=names)


def _shape(name: str, rows: Sequence[ReadRow]) -> Shape:
    of_it = [row for row in rows if row["table"] == name]
    columns = {row["name"]: Column(_TYPES.get(row["type"], Kind.TEXT), row["needed"]) for row in of_it}
    key = sorted((row["place"], row["name"]) for row in of_it if row["place"] is not None)
    return Shape(name, columns, tuple(column for _, column in key))


def _table(name: str) -> str:
    return f"@{name}" if name in AGENCY else f'{OWN}."{name}"'


def _alike(rows: Iterable[ReadRow]) -> Iterable[list[ReadRow]]:
    """The rows by which columns they fill: where one is empty, the app's default is to stand."""
    found: dict[tuple[str, ...], list[ReadRow]] = {}
    for row in rows:
        filled = {name: value for name, value in row.items() if value is not None}
        found.setdefault(tuple(filled), []).append(filled)
    return found.values()


def _sent(shape: Shape) -> str:
    if shape.name in AGENCY:
        return f"@rows({shape.name} {' '.join(shape.names)})"
    return f'json_populate_recordset(NULL::{OWN}."{shape.name}", %(rows)s) AS r'


def _keys(names: Sequence[str], keys: Sequence[Key]) -> str:
    return json.dumps([dict(zip(names, key, strict=True)) for key in keys], ensure_ascii=False)


def _read(shape: Shape, rows: Iterable[ReadRow]) -> list[Row]:
    read, names = reader(shape), shape.names
    return [read([row[name] for name in names]) for row in rows]


def _told(value: Value, kind: Kind) -> Any:  # noqa: ANN401  JSON
    if value is None:
        return None
    if kind is Kind.JSON:
        return json.loads(str(value))
    if kind is Kind.BOOLEAN:
        return bool(value)
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value
