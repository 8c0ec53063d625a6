"""Where tables are on Postgres: the agency's in the schema of their app, ours in `talentimg`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.errors import ConfigError, StoreUnreadable
from talentimg.repository.app_names import AS_OURS, TALENT
from talentimg.repository.migrations.revisions import forgotten
from talentimg.repository.naming import OWN, VERSION_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.app_tables import AppTables
    from talentimg.repository.postgres.connection import ConnectionHolder

DEFAULT_SCHEMA: Final = "public"
_AGENCYS: Final = re.compile(r"@(Talent|User|SocialAccountConnection)\b")

_TYPE: Final = re.compile(r"@type\((\w+) (\w+)\)")
_ROWS: Final = re.compile(r"@rows\((\w+)([ \w]+)\)")

# Read from the catalog, which everybody may read; the tables themselves need a right.
_SCHEMA_STATE: Final = b"""
SELECT
    %(schema)s::text IS NULL
    OR EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = %(schema)s::text) AS has_schema,
    (SELECT n.nspname::text FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relname = %(talent)s AND c.relkind IN ('r', 'p')
       AND CASE WHEN %(schema)s::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
           ELSE n.nspname = %(schema)s::text END
    ) AS found,
    (SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = %(own)s AND c.relname = %(version)s
    ) AS may_read_version
"""
# Whose app it is was kept by the first step: the schema of the tables that it has added to.
_VERSION: Final = f"""
SELECT version_num, (SELECT table_name FROM {OWN}.added WHERE kind = 'schema' LIMIT 1) AS home
FROM {OWN}.{VERSION_TABLE}
""".encode()  # noqa: S608  our own names


class SchemaState(NamedTuple):
    """Which tables a database has.

    `schema` is where the agency's tables are or would be made. `version` is the schema version of our
    tables: None if there are none, or if this role may not read it (`is_readable` says which).
    """

    schema: str
    has_roster: bool
    version: str | None
    is_readable: bool = True
    home: str | None = None
    """The schema of the app that our tables belong to."""

    @property
    def is_anothers(self) -> bool:
        """Whether our tables belong to an app in another schema."""
        return self.home not in (None, self.schema)


def schema_state(holder: ConnectionHolder, names: AppNames = AS_OURS, *, tries: int = 3) -> SchemaState:
    """Which tables the database has.

    Args:
        holder: holds a connection to the database.
        names: what the app calls its tables.
        tries: how often to look, as a table may be dropped between two statements.

    Raises:
        ConfigError: the URL names a schema that does not exist, or ours; or no row tells our version.
    """
    wanted = holder.address.schema
    named = {"talent": names.table(TALENT), "own": OWN, "version": VERSION_TABLE}
    (row,) = holder.query(_SCHEMA_STATE, named | {"schema": wanted})
    if not row["has_schema"] or wanted == OWN:
        raise ConfigError(
            f"The parameter schema in the database URL does not name a schema for the app's tables in "
            f"{holder.address.place}.",
            hint="Leave it out, or name a schema that exists; Prisma's is called public.",
        )
    try:
        rows = holder.query(_VERSION) if row["may_read_version"] else []
    except StoreUnreadable:  # it existed a moment ago: perhaps somebody is migrating down
        if tries == 1:
            raise
        return schema_state(holder, names, tries=tries - 1)
    if row["may_read_version"] and not rows:
        raise forgotten(holder.address.place, f"{OWN}.{VERSION_TABLE}")
    return SchemaState(
        schema=row["found"] or wanted or DEFAULT_SCHEMA,
        has_roster=row["found"] is not None,
        version=rows[0]["version_num"] if rows else None,
        is_readable=row["may_read_version"] is not False,
        home=rows[0]["home"] if rows else None,
    )


def quoted(name: str) -> str:
    """A name quoted for use in a statement."""
    return '"' + name.replace('"', '""') + '"'


class Statement(NamedTuple):
    """A statement for one database; `renamed` are the columns it names, by the app's names for them."""

    text: bytes
    renamed: Mapping[str, str]


class Statements:
    """Our statements, with `@Talent`, `"userId"` and so on replaced by what the app calls these.

    `@rows(Talent id name)` stands for rows given as JSON, as `r`, with these columns, of the types that they
    have in the table. Not rows of the whole table: a column that we know nothing of may take no NULL.
    `@type(Talent id)` stands for such a type.
    """

    def __init__(self, app: AppTables, names: AppNames = AS_OURS) -> None:
        self.app = app
        self.names = names
        self._made: dict[str, Statement] = {}

    def __call__(self, text: str) -> Statement:
        """The statement for this database."""
        if text not in self._made:
            self._made[text] = self._make(text)
        return self._made[text]

    def _make(self, text: str) -> Statement:
        text = _ROWS.sub(lambda match: self._rows(match[1], match[2].split()), text)
        text = _TYPE.sub(lambda match: self._type(match[1], match[2]), text)
        renamed = {theirs: ours for ours, theirs in self.names.columns.items() if f'"{ours}"' in text}
        for theirs, ours in renamed.items():
            text = text.replace(f'"{ours}"', _literal(theirs))
        return Statement(_AGENCYS.sub(lambda match: self._table(match[1]), text).encode(), renamed)

    def _rows(self, table: str, columns: Iterable[str]) -> str:
        listed = ", ".join(f'"{name}" {self._type(table, name)}' for name in columns)
        return f"json_to_recordset(%(rows)s) AS r ({listed})"

    def _type(self, table: str, name: str) -> str:
        column = self.app.column(table, name)
        return column.type if column else "text"

    def _table(self, ours: str) -> str:
        return f"{_literal(self.app.schema)}.{_literal(self.names.table(ours))}"


def _literal(name: str) -> str:
    # The driver would take a single percent sign for a placeholder.
    return quoted(name).replace("%", "%%")


@cache
def upsert(table: str, columns: tuple[str, ...], key: tuple[str, ...], keep: tuple[str, ...] = ()) -> str:
    """The statement that inserts rows from JSON into one of our tables, or updates those that exist.

    Args:
        table: its short name.
        columns: the columns of the rows.
        key: the columns of the primary key.
        keep: columns that an update leaves as they were.
    """
    names = ", ".join(columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {*key, *keep})
    # In the order of the key, so that two processes that write the same rows cannot deadlock.
    return f"""
        INSERT INTO {OWN}.{table} ({names})
        SELECT {names} FROM json_populate_recordset(NULL::{OWN}.{table}, %(rows)s) ORDER BY {", ".join(key)}
        ON CONFLICT ({", ".join(key)}) DO UPDATE SET {changes}
    """  # noqa: S608  names of our own
