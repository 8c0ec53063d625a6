"""Which rights this role lacks, each as the statement that grants it: exactly those, and no more.

They are read from the catalog, which every role may read, whatever it may do with the tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.repository.naming import OWN
from talentimg.repository.postgres.app_tables import TABLES
from talentimg.repository.postgres.fitness import columns_used
from talentimg.repository.postgres.tables import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.connection import ConnectionHolder, Row

TO_ADD: Final = "add, import and connect"
"""What INSERT into the app's tables is for. Who keeps the roster in the app alone does without."""

_SCHEMAS: Final = b"""
SELECT quote_ident(current_user) AS role, quote_ident(nspname) AS name
FROM pg_catalog.pg_namespace
WHERE nspname = ANY(%(schemas)s) AND NOT has_schema_privilege(oid, 'USAGE')
"""
_OURS: Final = b"""
SELECT quote_ident(current_user) AS role, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
    c.relkind::text AS kind,
    ARRAY(
        SELECT p::text FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p
        WHERE c.relkind <> 'S' AND NOT has_table_privilege(c.oid, p)
    ) AS lacking
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(own)s AND c.relkind IN ('r', 'p', 'S')
    AND (c.relkind <> 'S' OR NOT has_sequence_privilege(c.oid, 'USAGE'))
ORDER BY c.relname
"""
_THEIRS: Final = b"""
SELECT quote_ident(current_user) AS role, c.relname::text AS table, a.attname::text AS column,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
    has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_read,
    has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_write,
    has_table_privilege(c.oid, 'INSERT') AS may_add
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s)
ORDER BY c.relname, a.attnum
"""


class MissingRight(NamedTuple):
    """A right that this role lacks: the statement that grants it, and what it is for (empty: everything)."""

    grant: str
    needed_for: str = ""


def missing_rights(holder: ConnectionHolder, schema: str, names: AppNames) -> list[MissingRight]:
    """All of them, in the order in which they can be granted.

    Args:
        holder: holds a connection as this role.
        schema: where the app's tables are.
        names: what the app calls them.
    """
    schemas = holder.query(_SCHEMAS, {"schemas": [schema, OWN]})
    ours = holder.query(_OURS, {"own": OWN})
    tables = [names.table(table) for table in TABLES]
    theirs = holder.query(_THEIRS, {"schema": schema, "tables": tables})
    return [
        *(MissingRight(f"GRANT USAGE ON SCHEMA {row['name']} TO {row['role']};") for row in schemas),
        *_on_ours(ours),
        *(right for table in TABLES for right in _on_theirs(theirs, table, names)),
    ]


def _on_ours(rows: Iterable[Row]) -> Iterator[MissingRight]:
    for row in rows:
        if row["kind"] == "S":
            yield MissingRight(f"GRANT USAGE ON SEQUENCE {row['name']} TO {row['role']};")
        elif row["lacking"]:
            yield MissingRight(f"GRANT {', '.join(row['lacking'])} ON {row['name']} TO {row['role']};")


def _on_theirs(rows: Iterable[Row], table: str, names: AppNames) -> Iterator[MissingRight]:
    """What is missing on one of the app's tables: of its columns only those that we read or write."""
    used = {names.column(ours): is_written for ours, is_written in columns_used(table).items()}
    found = [row for row in rows if row["table"] == names.table(table) and row["column"] in used]
    yield from _on_columns("SELECT", found, [row for row in found if not row["may_read"]])
    written = [row for row in found if used[row["column"]]]
    yield from _on_columns("UPDATE", (), [row for row in written if not row["may_write"]])
    if found and not found[0]["may_add"]:
        yield MissingRight(f"GRANT INSERT ON {found[0]['name']} TO {found[0]['role']};", TO_ADD)


def _on_columns(right: str, of: Sequence[Row], lacking: Sequence[Row]) -> Iterator[MissingRight]:
    """A right on some columns; on the table, if it is missing on all `of` them."""
    if not lacking:
        return
    columns = "" if len(lacking) == len(of) else f" ({', '.join(quoted(row['column']) for row in lacking)})"
    yield MissingRight(f"GRANT {right}{columns} ON {lacking[0]['name']} TO {lacking[0]['role']};")
