"""What the steps are made of: add to the agency's tables only what they lack, record that, and undo it.

A step reads the store through the connection of `runner` even if its statements are only printed, so
that what is printed is what would run on this particular store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from talentimg.errors import ConfigError
from talentimg.repository.migrations.agency import (
    COLUMNS,
    INDEXES,
    agency_time,
    has_index,
    is_free,
    is_partitioned,
)
from talentimg.repository.naming import OWN, own_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine.reflection import Inspector
    from sqlalchemy.schema import SchemaItem

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.migrations.agency import (
        AddedColumn,
        AddedIndex,
    )

__all__ = ["agency_time"]

_ADDED = "added"


def own_time() -> sa.types.TypeEngine[Any]:
    """A time in our tables; text on SQLite."""
    return sa.Text().with_variant(TIMESTAMP(timezone=True, precision=3), "postgresql")


def own_now() -> sa.TextClause:
    """The time of a row that says none."""
    if _connection().dialect.name == "postgresql":
        return sa.text("clock_timestamp()")
    return sa.text("(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))")


# -- our tables -------------------------------------------------------------


def create_own(name: str, *columns: SchemaItem) -> None:
    """Make one of our tables."""
    table, schema = _own(name)
    op.create_table(table, *columns, schema=schema)


def add_own(name: str, *columns: sa.Column[Any]) -> None:
    """Add columns to one of our tables."""
    table, schema = _own(name)
    for column in columns:
        op.add_column(table, column, schema=schema)


def drop_own_columns(name: str, *columns: str) -> None:
    """Drop some columns of one of our tables."""
    table, schema = _own(name)
    for column in columns:
        op.drop_column(table, column, schema=schema)


def index_own(name: str, *columns: str, where: str | None = None) -> None:
    """Add an index to one of our tables, optionally only for rows that meet a condition."""
    table, schema = _own(name)
    condition = sa.text(where) if where else None
    op.create_index(
        _index_name(name, columns),
        table,
        columns,
        schema=schema,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def drop_own_index(name: str, *columns: str) -> None:
    """Drop the index on these columns of one of our tables."""
    table, schema = _own(name)
    op.drop_index(_index_name(name, columns), table_name=table, schema=schema)


def _index_name(table: str, columns: tuple[str, ...]) -> str:
    return f"talentimg_{table}_{'_'.join(columns)}_idx"


def index_own_halves(name: str, column: str, size: int) -> None:
    """Add an index on the first `size` characters of a column, and one on as many after them."""
    table, schema = _own(name)
    for place in (1, 1 + size):
        part = sa.text(f"substr({column}, {place}, {size})")
        op.create_index(_half_name(name, column, place), table, [part], schema=schema)


def drop_own_halves(name: str, column: str, size: int) -> None:
    """Drop these two."""
    table, schema = _own(name)
    for place in (1, 1 + size):
        op.drop_index(_half_name(name, column, place), table_name=table, schema=schema)


def _half_name(table: str, column: str, place: int) -> str:
    return _index_name(table, (column, "first" if place == 1 else "second"))


def delete_own(name: str, *, where: str) -> None:
    """Delete the rows of one of our tables that meet a condition."""
    table, schema = _own(name)
    op.execute(sa.delete(sa.table(table, schema=schema)).where(sa.text(where)))


def drop_own(*names: str) -> None:
    """Drop some of our tables."""
    for name in names:
        table, schema = _own(name)
        op.drop_table(table, schema=schema)


def drop_functions(*signatures: str) -> None:
    """Drop some of our functions, with the triggers that call them; not an error where there are none."""
    if _connection().dialect.name == "postgresql":
        for signature in signatures:
            op.execute(f"DROP FUNCTION IF EXISTS {OWN}.{signature} CASCADE")


# -- the agency's tables ----------------------------------------------------


def create_record() -> None:
    """Make the table in which the functions below record what they add."""
    create_own(
        _ADDED,
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("table_name", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
    )
    if (schema := _app_schema()) is not None:
        _record("schema", schema, "")


def _app_schema() -> str | None:
    """The schema of the agency's tables; None where a database has no schemas."""
    if _connection().dialect.name != "postgresql":
        return None
    return str(_connection().execute(sa.text("SELECT current_schema()")).scalar())


def create_missing_table(name: str, *columns: SchemaItem, **options: Any) -> None:  # noqa: ANN401  as op takes them
    """Make one of the agency's tables if it is missing."""
    if not _inspector().has_table(_names().table(name)):
        op.create_table(name, *columns, **options)
        _record("table", name, name)


def restore(version: str) -> None:
    """Add what is missing of what the agency's tables have because of us, up to a version."""
    for column in COLUMNS:
        if column.step <= version:
            add_missing_column(column)
    for index in INDEXES:
        if index.step <= version:
            add_missing_index(index)


def add_missing_column(column: AddedColumn) -> None:
    """Add a column to one of the agency's tables if it is missing."""
    table, name = _names().table(column.table), _names().column(column.name)
    if not _has_column(table, name):
        op.add_column(table, sa.Column(name, column.type(), server_default=column.default))
        _record("column", table, name)


def add_missing_index(index: AddedIndex) -> None:
    """Add an index to one of the agency's tables if it is missing.

    On Postgres it is only noted here, and built when the step is committed: while it is built, the app
    goes on writing. On a table with partitions Postgres can build it only at once.
    """
    named = index.named(_names())
    if _inspector().has_table(named.table) and has_index(_connection(), named):
        return
    on_postgres = _connection().dialect.name == "postgresql"
    if named.is_for_postgres and not on_postgres:
        return
    if on_postgres and not is_free(_connection(), named.name):
        named = named._replace(name=named.other_name)
    if on_postgres and not is_partitioned(_connection(), named.table):
        _attributes()["indexes"].append(named)
    else:
        op.create_index(named.name, named.table, named.columns)
    _record("index", named.table, named.name)


def remove_added_index(index: AddedIndex) -> None:
    """Remove an index that was added to one of the agency's tables, and the record of it.

    On the way down to nothing, `remove_added` removes it with all the rest. Where the app has taken the
    columns over, it is kept as well.
    """
    if _attributes()["to_base"] or _attributes()["keep_columns"]:
        return
    names, added = {index.name, index.other_name}, _added()
    for kind, table, name in _recorded():
        if kind == "index" and name in names:
            if _has_any_index(table, name):
                op.drop_index(name, table_name=table)
            op.execute(sa.delete(added).where(added.c.table_name == table, added.c.name == name))


def remove_added() -> None:
    """Remove what was added to the agency's tables, and the record of it.

    Where the app has taken the columns over, they are kept, and the indexes with them. A table that we made
    is only dropped if it is empty and no remaining table refers to it. On Postgres, somebody else's index on
    a column that we added is dropped with the column, but anything else that depends on it, such as a view,
    makes the whole step fail and change nothing.
    """
    added = _recorded()
    homes = {table for kind, table, _ in added if kind == "schema"}
    if homes and _app_schema() not in homes:
        # Another app in the same database: the record is not about its tables.
        raise ConfigError(
            f"What talentimg added is in the schema {', '.join(sorted(homes))}, and the URL names another.",
            hint="Use the database URL that was migrated, with its ?schema=.",
        )
    if not _attributes()["keep_columns"]:
        _drop_from_the_agencys(added)
    ours = {name for kind, _, name in added if kind == "table"}
    for name in _droppable(ours):
        op.drop_table(name)
    drop_own(_ADDED)


def _drop_from_the_agencys(added: list[tuple[str, str, str]]) -> None:
    # Indexes come first, as they go with their columns.
    for kind, table, name in added:
        if kind == "index" and _has_any_index(table, name):
            op.drop_index(name, table_name=table)
    for kind, table, name in added:
        if kind == "column" and _has_column(table, name):
            op.drop_column(table, name)


def _droppable(ours: set[str]) -> Iterator[str]:
    if not ours:  # the app's own database may have a great many tables
        return
    inspector = _inspector()
    existing = set(inspector.get_table_names())
    needed: set[str] = set()
    # Tables that refer to others come before those that they refer to.
    for name, _ in reversed(inspector.get_sorted_table_and_fkc_names()):
        if name is None:
            continue
        if name in ours & existing and name not in needed and _is_empty(name):
            yield name
        else:
            needed |= {key["referred_table"] for key in inspector.get_foreign_keys(name)}


def _is_empty(table: str) -> bool:
    query = sa.select(sa.literal(1)).select_from(sa.table(table)).limit(1)
    return _connection().execute(query).first() is None


def _record(kind: str, table: str, name: str) -> None:
    if (kind, table, name) not in _recorded():
        op.execute(sa.insert(_added()).values(kind=kind, table_name=table, name=name))


def _recorded() -> list[tuple[str, str, str]]:
    table, schema = _own(_ADDED)
    if not _inspector().has_table(table, schema=schema):  # the step that makes it is only printed
        return []
    added = _added()
    query = sa.select(added.c.kind, added.c.table_name, added.c.name).order_by(*added.c)
    return [(kind, table, name) for kind, table, name in _connection().execute(query)]


def _added() -> sa.TableClause:
    table, schema = _own(_ADDED)
    columns = (sa.column(name, sa.Text) for name in ("kind", "table_name", "name"))
    return sa.table(table, *columns, schema=schema)


def _has_column(table: str, name: str) -> bool:
    inspector = _inspector()
    return inspector.has_table(table) and name in {c["name"] for c in inspector.get_columns(table)}


def _has_any_index(table: str, name: str) -> bool:
    """Whether there is such an index, finished or not."""
    inspector = _inspector()
    return inspector.has_table(table) and name in {str(i["name"]) for i in inspector.get_indexes(table)}


def _own(name: str) -> tuple[str, str | None]:
    return own_table(name, _connection().dialect.name)


def _names() -> AppNames:
    return cast("AppNames", _attributes()["names"])


def _inspector() -> Inspector:
    # A new one each time, as an inspector caches what it saw earlier in the step.
    return sa.inspect(_connection())


def _connection() -> sa.Connection:
    return cast("sa.Connection", _attributes()["connection"])


def _attributes() -> dict[str, Any]:
    config = op.get_context().config
    assert config is not None
    return config.attributes
