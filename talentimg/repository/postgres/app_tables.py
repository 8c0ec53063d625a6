"""The app's tables as they really are, read from the catalog, which every role may read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from talentimg.repository.app_names import ACCOUNT, TALENT, USER
from talentimg.repository.postgres.errors import took_no_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.connection import ConnectionHolder, Row

TABLES: Final = (TALENT, USER, ACCOUNT)
"""The tables of the app that we use, by our names."""

KINDS: Final = {"r": "table", "p": "table", "v": "view", "m": "materialised view", "f": "foreign table"}

# A domain counts as what it is made of.
_COLUMNS: Final = b"""
SELECT c.relname::text AS table, c.relkind::text AS kind, a.attname::text AS column,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    coalesce(b.typname, t.typname)::text AS base, coalesce(b.typcategory, t.typcategory)::text AS category,
    a.attnotnull OR t.typnotnull AS needed,
    a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL AS has_default,
    a.attgenerated <> '' OR a.attidentity = 'a' AS computed,
    (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e
     WHERE e.enumtypid = coalesce(b.oid, t.oid)) AS labels
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype AND t.typtype = 'd'
WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
_OTHERS: Final = b"""
SELECT n.nspname::text AS schema, c.relname::text AS table
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('information_schema', %(own)s)
    AND n.nspname !~ '^pg_' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY n.nspname, c.relname
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the app's: `type` as SQL writes it, the rest of what a domain is made of.

    `category` is Postgres' own letter (S text, E enum, D time, B boolean ...), `labels` those of an enum.
    """

    name: str
    type: str
    base: str
    category: str
    is_needed: bool
    has_default: bool
    is_computed: bool
    labels: tuple[str, ...] = ()

    def spelt(self, value: str) -> str:
        """A value as this column spells it: an enum may have it in capitals."""
        return next((label for label in self.labels if label.lower() == value.lower()), value)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the app's, by its own name, with its columns by our names."""

    name: str
    kind: str
    columns: Mapping[str, Column] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AppTables:
    """The tables of the app that we use, as far as they exist, by our names."""

    schema: str
    tables: Mapping[str, Table]

    def column(self, table: str, name: str) -> Column | None:
        """A column, by our names; None if it or its table is missing."""
        found = self.tables.get(table)
        return found.columns.get(name) if found else None


def look(holder: ConnectionHolder, schema: str, names: AppNames) -> AppTables:
    """What there is of the app's tables in a schema."""
    wanted: dict[str, str] = {names.table(ours): ours for ours in TABLES}
    rows = holder.query(_COLUMNS, {"schema": schema, "tables": list(wanted)})
    found: dict[str, str] = {row["table"]: row["kind"] for row in rows}
    return AppTables(
        schema,
        {
            wanted[name]: Table(name, kind, _columns((r for r in rows if r["table"] == name), names))
            for name, kind in found.items()
        },
    )


def _columns(rows: Iterable[Row], names: AppNames) -> dict[str, Column]:
    ours = {theirs: ours for ours, theirs in names.columns.items()}
    found = [_column(row) for row in rows if row["column"] is not None]
    return {ours.get(column.name, column.name): column for column in found}


def _column(row: Row) -> Column:
    return Column(
        name=row["column"],
        type=row["type"],
        base=row["base"],
        category=row["category"],
        is_needed=row["needed"],
        has_default=row["has_default"],
        is_computed=row["computed"],
        labels=tuple(row["labels"] or ()),
    )


def all_tables(holder: ConnectionHolder, own: str) -> list[tuple[str, str]]:
    """Schema and name of every table of the database that is neither ours nor an extension's."""
    return [(row["schema"], row["table"]) for row in holder.query(_OTHERS, {"own": own})]


def check_stored(app: AppTables, table: str, missing: int) -> None:
    """Notice that rows were not stored although the database did not refuse them.

    Raises:
        RowRefused: at least one is missing.
    """
    if missing > 0:
        raise took_no_row(app.tables[table].name)
