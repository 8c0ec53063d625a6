"""Names on Postgres: the agency's tables in the schema of their app, ours in `talentimg`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.errors import ConfigError, StoreUnreadable
from talentimg.repository.naming import OWN, VERSION_TABLE

if TYPE_CHECKING:
    from talentimg.repository.postgres.connection import ConnectionHolder

DEFAULT_SCHEMA: Final = "public"
_AGENCYS: Final = re.compile(r"@(Talent|User|SocialAccountConnection)\b")

# Read from the catalog, which is open to everybody: to look at a table itself needs a right.
_SCHEMA_STATE: Final = b"""
SELECT
    %(schema)s::text IS NULL
    OR EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = %(schema)s::text) AS has_schema,
    (SELECT n.nspname::text FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relname = 'Talent' AND c.relkind IN ('r', 'p')
       AND CASE WHEN %(schema)s::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
           ELSE n.nspname = %(schema)s::text END
    ) AS found,
    (SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = %(own)s AND c.relname = %(version)s
    ) AS may_read_version
"""
_VERSION: Final = f"SELECT version_num FROM {OWN}.{VERSION_TABLE}".encode()  # noqa: S608  our own name


class SchemaState(NamedTuple):
    """What a database holds.

    `schema` is where the agency's tables are, or would be made. `version` is that of our tables, None
    when there are none or when this role may not read it (`is_readable` says which).
    """

    schema: str
    has_roster: bool
    version: str | None
    is_readable: bool = True


def schema_state(holder: ConnectionHolder, *, tries: int = 3) -> SchemaState:
    """What the database holds.

    Args:
        holder: of a connection to it.
        tries: how often to look; what one statement saw may be gone before the next.

    Raises:
        ConfigError: the URL names a schema that is not there, or ours.
    """
    wanted = holder.address.schema
    (row,) = holder.query(_SCHEMA_STATE, {"schema": wanted, "own": OWN, "version": VERSION_TABLE})
    if not row["has_schema"] or wanted == OWN:
        raise ConfigError(
            f"The parameter schema in the database URL does not name where the app's tables are in "
            f"{holder.address.place}.",
            hint="Leave it out, or name a schema that is there; Prisma's is called public.",
        )
    try:
        rows = holder.query(_VERSION) if row["may_read_version"] else []
    except StoreUnreadable:  # it was there a moment ago: perhaps somebody is migrating down
        if tries == 1:
            raise
        return schema_state(holder, tries=tries - 1)
    return SchemaState(
        schema=row["found"] or wanted or DEFAULT_SCHEMA,
        has_roster=row["found"] is not None,
        version=rows[0]["version_num"] if rows else None,
        is_readable=row["may_read_version"] is not False,
    )


def quoted(name: str) -> str:
    """A name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'


class Statements:
    """Our statements with `@Talent` and the like replaced by where these tables really are."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        # A statement's own percent signs would be taken for places of values.
        self._prefix = quoted(schema).replace("%", "%%")
        self._made: dict[str, bytes] = {}

    def __call__(self, text: str) -> bytes:
        """The statement for this database."""
        if text not in self._made:
            self._made[text] = _AGENCYS.sub(lambda m: f'{self._prefix}."{m[1]}"', text).encode()
        return self._made[text]


@cache
def upsert(table: str, columns: tuple[str, ...], key: tuple[str, ...], keep: tuple[str, ...] = ()) -> str:
    """The statement that inserts rows given as JSON into one of our tables, or brings them up to date.

    Args:
        table: its short name.
        columns: what the rows hold.
        key: the columns that say whether a row is there.
        keep: columns that stay as they were in a row that is there.
    """
    names = ", ".join(columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {*key, *keep})
    # In the order of the key, so that two who write the same rows wait for each other in turn.
    return f"""
        INSERT INTO {OWN}.{table} ({names})
        SELECT {names} FROM json_populate_recordset(NULL::{OWN}.{table}, %(rows)s) ORDER BY {", ".join(key)}
        ON CONFLICT ({", ".join(key)}) DO UPDATE SET {changes}
    """  # noqa: S608  names of our own
