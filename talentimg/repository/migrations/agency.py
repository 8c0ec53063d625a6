"""What the agency's tables have because of us, wherever `migrate` or the app itself has made it.

The app's own tools may take any of it away again, so this is compared with what is there each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from talentimg.repository.app_names import TALENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.repository.app_names import AppNames


def agency_time() -> sa.types.TypeEngine[Any]:
    """A time in the agency's tables: UTC without a zone; text on SQLite."""
    return sa.Text().with_variant(TIMESTAMP(precision=3), "postgresql")


class AddedColumn(NamedTuple):
    """A column, by our names, and the step that adds it first."""

    step: str
    table: str
    name: str
    type: Callable[[], sa.types.TypeEngine[Any]]
    default: str | None = None


class AddedIndex(NamedTuple):
    """An index, by our names."""

    step: str
    table: str
    name: str
    columns: tuple[str, ...]
    is_for_postgres: bool = False
    """Whether SQLite does without it."""

    @property
    def other_name(self) -> str:
        """What it is called where the app has given the name to another one."""
        return f"{self.name}_talentimg"

    def named(self, names: AppNames) -> AddedIndex:
        """The same, by the app's names."""
        columns = tuple(names.column(column) for column in self.columns)
        return self._replace(table=names.table(self.table), columns=columns)


# Whatever its name is, and whether or not it is unique; but one of some rows only, of expressions, or in
# another order is of no use.
_HAS_INDEX: Final = sa.text("""
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
    WHERE i.indrelid = to_regclass(quote_ident(:table)) AND i.indisvalid AND i.indpred IS NULL
    AND am.amname = 'btree' AND 0 = ALL(CAST(i.indoption AS int2[])) AND i.indnkeyatts = cardinality(:columns)
    AND :columns = ARRAY(
        SELECT CAST(a.attname AS text)
        FROM unnest(CAST(i.indkey AS int2[])) WITH ORDINALITY AS k (number, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
        WHERE k.place <= i.indnkeyatts ORDER BY k.place
    )
)
""").bindparams(sa.bindparam("columns", type_=ARRAY(sa.Text)))
_IS_TAKEN: Final = sa.text("""
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
    WHERE n.nspname = current_schema() AND c.relname = :name AND coalesce(i.indisvalid, true)
)
""")
_IS_PARTITIONED: Final = sa.text("""
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class WHERE oid = to_regclass(quote_ident(:table)) AND relkind = 'p'
)
""")
COLUMNS: Final = (
    AddedColumn("0001", TALENT, "profileImageUrl", sa.Text),
    AddedColumn("0001", TALENT, "profileImageSource", sa.Text, "initials"),
    AddedColumn("0001", TALENT, "lastProfileImageSyncAt", agency_time),
)
BY_TIME_AND_ID: Final = AddedIndex(
    "0008",
    TALENT,
    "Talent_lastProfileImageSyncAt_id_idx",
    ("lastProfileImageSyncAt", "id"),
    is_for_postgres=True,
)
INDEXES: Final = (
    AddedIndex("0001", TALENT, "Talent_lastProfileImageSyncAt_idx", ("lastProfileImageSyncAt",)),
    AddedIndex("0001", TALENT, "Talent_profileImageSource_idx", ("profileImageSource",)),
    BY_TIME_AND_ID,
)


def missing(connection: sa.Connection, names: AppNames, version: str) -> list[AddedColumn | AddedIndex]:
    """What is not there, of a roster that has been migrated to a version."""
    inspector = sa.inspect(connection)
    found: list[AddedColumn | AddedIndex] = []
    for ours in {column.table for column in COLUMNS}:
        table = names.table(ours)
        if inspector.has_table(table):
            columns = {column["name"] for column in inspector.get_columns(table)}
            of_it = [c for c in COLUMNS if c.table == ours and c.step <= version]
            found += [c for c in of_it if names.column(c.name) not in columns]
            its = [i for i in _indexes_of(connection) if i.table == ours and i.step <= version]
            found += [i for i in its if not has_index(connection, i.named(names))]
    return found


def _indexes_of(connection: sa.Connection) -> list[AddedIndex]:
    """Those that this kind of database has."""
    return [i for i in INDEXES if not i.is_for_postgres or connection.dialect.name == "postgresql"]


def has_index(connection: sa.Connection, index: AddedIndex) -> bool:
    """Whether there is this index, by the app's names; on Postgres also one that is called otherwise.

    One that somebody began to build and did not finish does not count. On SQLite statements name their index.
    """
    if connection.dialect.name == "postgresql":
        values = {"table": index.table, "columns": list(index.columns)}
        return bool(connection.execute(_HAS_INDEX, values).scalar())
    return index.name in {one["name"] for one in sa.inspect(connection).get_indexes(index.table)}


def is_free(connection: sa.Connection, name: str) -> bool:
    """Whether an index on Postgres may have this name: nothing has it but one that was not finished."""
    return not connection.execute(_IS_TAKEN, {"name": name}).scalar()


def is_partitioned(connection: sa.Connection, table: str) -> bool:
    """Whether a table on Postgres is made of others."""
    return bool(connection.execute(_IS_PARTITIONED, {"table": table}).scalar())


def words(one: AddedColumn | AddedIndex, names: AppNames) -> str:
    """One of them, as `migrate --status` tells it."""
    if isinstance(one, AddedIndex):
        return f"the index {one.name}"
    return f'the column "{names.column(one.name)}" of the table "{names.table(one.table)}"'
