"""Makes the triggers on the app's tables that write down whom the app has changed, and takes them away.

They are no part of a step: they follow from what the app calls its tables, the app's own tools may take them
away, and a role may migrate all the same that may not make them. Then workers compare instead.
"""

from __future__ import annotations

import time
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from psycopg import errors

from talentimg.repository.migrations.store import Triggers, TriggerState
from talentimg.repository.naming import OWN
from talentimg.repository.postgres.connection import connect
from talentimg.repository.postgres.tables import quoted
from talentimg.repository.postgres.triggers import (
    FUNCTIONS,
    NAMES,
    PRESENT,
    functions,
    triggers,
    values,
    wanted,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.connection import Connection
    from talentimg.repository.postgres.urls import PostgresAddress

# Whoever writes to the table is waited for, and whoever comes after that waits for us: so not for long.
_TRIES: Final = 20
_PAUSE: Final = 0.25
_LOCK_TIMEOUT: Final = b"SET LOCAL lock_timeout = '500ms'"
_ALONE: Final = b"SELECT pg_advisory_xact_lock(7267001946)"
_ROLE: Final = b"SELECT quote_ident(current_user) AS role"
_RIGHTS: Final = b"""
SELECT count(*) = cardinality(%(tables)s::text[])
    AND bool_and(c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'TRIGGER'))
    AND (SELECT has_schema_privilege(o.oid, 'CREATE') FROM pg_catalog.pg_namespace AS o
        WHERE o.nspname = %(own)s) AS may
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s)
"""


def state(address: PostgresAddress, schema: str, names: AppNames) -> Triggers:
    """Whether they are there, and whether this role may make them.

    Raises:
        psycopg.Error: the driver's own.
    """
    with closing(connect(address)) as connection:
        if _are_made(connection, schema, names):
            return Triggers(TriggerState.MADE)
        asked: dict[str, Any] = {**values(schema, names), "own": OWN}
        if connection.execute(_RIGHTS, asked).fetchall()[0]["may"]:
            return Triggers(TriggerState.MISSING)
        return Triggers(TriggerState.CLOSED, _grant(connection, schema, names))


def make(address: PostgresAddress, schema: str, names: AppNames) -> bool:
    """Make them, unless they are there; False if this role may not.

    Raises:
        psycopg.Error: the driver's own, such as when somebody holds the app's table for long.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            _change(address, schema, names, statements(schema, names))
        except errors.InsufficientPrivilege:
            return False
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            if not tries_left:
                raise
            time.sleep(_PAUSE)
        else:
            break
    return True


def remove(address: PostgresAddress) -> None:
    """Take them away.

    Raises:
        psycopg.Error: the driver's own.
    """
    with closing(connect(address)) as connection, connection.transaction():
        connection.execute(_ALONE)
        for statement in _gone():
            connection.execute(statement.encode())


def statements(schema: str, names: AppNames) -> list[str]:
    """What makes them, whatever is left of earlier ones."""
    made = [*functions(schema, names), *triggers(schema, names)]
    notes = [f"COMMENT ON FUNCTION {OWN}.{one} IS '{_digest(made)}'" for one in FUNCTIONS]
    return [*_gone(), *made, *notes]


def script(schema: str, names: AppNames) -> str:
    """The same, to be printed."""
    return "".join(f"{statement.strip()};\n\n" for statement in statements(schema, names))


def _gone() -> list[str]:
    # With the functions go the triggers, which only the owner of the table could drop by name.
    return [f"DROP FUNCTION IF EXISTS {OWN}.{one} CASCADE" for one in reversed(FUNCTIONS)]


def _change(address: PostgresAddress, schema: str, names: AppNames, all_of_it: Sequence[str]) -> None:
    with closing(connect(address)) as connection, connection.transaction():
        connection.execute(_ALONE)
        connection.execute(_LOCK_TIMEOUT)
        if _are_made(connection, schema, names):
            return
        for statement in all_of_it:
            connection.execute(statement.encode())


def _are_made(connection: Connection, schema: str, names: AppNames) -> bool:
    """Whether all of them are there and fire, and do what they should with these names."""
    rows = connection.execute(PRESENT, values(schema, names)).fetchall()
    digest = _digest([*functions(schema, names), *triggers(schema, names)])
    return {(row["table"], row["name"]) for row in rows if row["made_of"] == digest} == wanted(names)


def _digest(made: Sequence[str]) -> str:
    return sha256("\n".join(made).encode()).hexdigest()[:32]


def _grant(connection: Connection, schema: str, names: AppNames) -> str:
    """What whoever owns the tables may say, to let this role make them."""
    role = connection.execute(_ROLE).fetchall()[0]["role"]
    tables = ", ".join(f"{quoted(schema)}.{quoted(names.table(ours))}" for ours in NAMES)
    return f"GRANT TRIGGER ON {tables} TO {role};"
