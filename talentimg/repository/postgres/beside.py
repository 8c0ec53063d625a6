"""A schema for somebody else's tables, beside ours: made once, and never touched by our migrations."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from talentimg.errors import ConfigError
from talentimg.repository.postgres import errors, urls
from talentimg.repository.postgres.connection import connect
from talentimg.repository.postgres.urls import PostgresAddress

if TYPE_CHECKING:
    from talentimg.repository.postgres.connection import Connection

_ONE_AT_A_TIME: Final = b"SELECT pg_advisory_xact_lock(hashtext('talentimg: a schema beside ours'))"
_FOUND: Final = b"SELECT to_regclass(%s) IS NOT NULL AS found"
_POOLER: Final = "unsupported startup parameter"


def conninfo_in(url: str, schema: str) -> str:
    """How to connect so that every name means this schema. It contains the password.

    Raises:
        ConfigError: the URL is malformed.
    """
    return make_conninfo(**_address(url, schema).parameters)


def ensure_schema(url: str, schema: str, table: str, statements: str) -> bool:
    """Make a schema and what lies in it, unless it is there. Whoever comes at the same time waits.

    Args:
        url: of the database, past any pooler.
        schema: its name.
        table: one that is in it when it has been made.
        statements: make what lies in it, by names without a schema.

    Returns:
        Whether it was made now.

    Raises:
        ConfigError: a pooler is in the way, or the role may not make it.
        TalentimgError: the database cannot be reached.
    """
    address = _address(url, schema)
    try:
        with closing(connect(address)) as connection, connection.transaction():
            return _ensured(connection, schema, table, statements)
    except psycopg.errors.InsufficientPrivilege:
        raise ConfigError(
            f"The role may not make the schema {schema}.",
            hint=f"Have somebody who may say: CREATE SCHEMA {schema} AUTHORIZATION the_role",
        ) from None
    except psycopg.OperationalError as error:
        if _POOLER in str(error):
            raise ConfigError(
                "A pooler stands before the database, and the engine needs it directly.",
                hint="Name the database itself with direct_database_url.",
            ) from None
        raise errors.not_connected(error, address.place) from None
    except psycopg.Error as error:
        raise errors.translate(error, address.place) from None


def _ensured(connection: Connection, schema: str, table: str, statements: str) -> bool:
    connection.execute(_ONE_AT_A_TIME)
    (row,) = connection.execute(_FOUND, [f"{schema}.{table}"]).fetchall()
    if row["found"]:
        return False
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    connection.execute(statements.encode())
    return True


def _address(url: str, schema: str) -> PostgresAddress:
    address = urls.parse(url)
    options = f"{address.parameters.get('options', '')} -c search_path={schema}".strip()
    return PostgresAddress({**address.parameters, "options": options}, address.schema, address.place)
