"""Connections to a Postgres database for migrations: their lock, the app's schema, and the role's rights."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import errors
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from talentimg.errors import ConfigError, StoreNotFound
from talentimg.repository.migrations import triggers as of_the_app
from talentimg.repository.migrations.concurrently import build, build_script
from talentimg.repository.migrations.founding import check, problems
from talentimg.repository.migrations.store import Store
from talentimg.repository.naming import OWN
from talentimg.repository.postgres import errors as postgres_errors
from talentimg.repository.postgres.app_tables import TABLES
from talentimg.repository.postgres.connection import ConnectionHolder
from talentimg.repository.postgres.rights import missing_rights
from talentimg.repository.postgres.tables import quoted, schema_state
from talentimg.repository.postgres.urls import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Engine

    from talentimg.errors import TalentimgError
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.migrations.agency import AddedIndex
    from talentimg.repository.migrations.store import Triggers
    from talentimg.repository.postgres.connection import Row
    from talentimg.repository.postgres.rights import MissingRight
    from talentimg.repository.postgres.tables import SchemaState
    from talentimg.repository.postgres.urls import PostgresAddress

_LOCK: Final = "SELECT pg_advisory_xact_lock(7267001946)"
"""An advisory lock with a number that nobody else uses. It ends with the transaction, so it works behind a
pooler in transaction mode, too."""

_NO_TIME_LIMIT: Final = "SET LOCAL statement_timeout = 0"
# ALTER TABLE waits for everybody who uses the table, and everybody else then waits for it.
_LOCK_TIMEOUT: Final = "SET LOCAL lock_timeout = '10s'"

_RIGHTS: Final = b"""
SELECT quote_ident(current_user) AS role,
    has_database_privilege(current_database(), 'CREATE') AS may_make_schemas,
    (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = %(own)s)
        AS may_make_own_tables,
    (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = %(schema)s)
        AS may_make_tables,
    (SELECT pg_has_role(c.relowner, 'USAGE')
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = %(talent)s) AS may_alter,
    (SELECT coalesce(bool_and(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
        AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
        AND has_table_privilege(c.oid, 'DELETE')), false)
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = %(own)s AND c.relkind = 'r') AS may_use_own,
    (SELECT bool_and(pg_has_role(c.relowner, 'USAGE'))
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = %(own)s AND c.relkind = 'r') AS owns_own,
    (SELECT array_agg(quote_ident(n.nspname) || '.' || quote_ident(c.relname) ORDER BY c.relname)
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s)
     AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'UPDATE')
        AND has_table_privilege(c.oid, 'INSERT'))) AS closed_tables
"""


class PostgresStore(Store):
    """A Postgres database."""

    def __init__(self, address: PostgresAddress, names: AppNames) -> None:
        self._address = address
        self.names = names
        self.place = address.place

    @property
    def script_begin(self) -> str:
        """The statements that a printed script begins with."""
        return ";\n".join(["BEGIN", *_beginning(self._schema_state().schema), ""]).rstrip("\n")

    def state(self) -> tuple[str | None, bool]:
        found = self._schema_state()
        if not found.is_readable:
            raise postgres_errors.forbidden(self._address.place)
        return found.version, True

    def nothing_there(self) -> StoreNotFound:
        return StoreNotFound(f"There is no roster yet in {self._address.place}.")

    @contextmanager
    def migrating(self, *, down: bool) -> Iterator[Connection]:
        with self._translated(down=down), self._engine().connect() as connection, connection.begin():
            for statement in _beginning(self._schema_state().schema):
                _run(connection, statement)
            yield connection

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        with self._translated(), self._engine().connect() as connection:
            _run(connection, "SET TRANSACTION READ ONLY")
            _run(connection, _search_path(self._schema_state().schema))
            yield connection

    def problems(self, platforms: Collection[str]) -> list[str]:
        with closing(ConnectionHolder(self._address)) as holder:
            return problems(holder, schema_state(holder, self.names), self.names, platforms)

    def check(self, *, new_roster: bool, platforms: Collection[str]) -> None:
        with closing(ConnectionHolder(self._address)) as holder:
            state = schema_state(holder, self.names)
            check(holder, state, self.names, platforms, new_roster=new_roster)

    def build(self, indexes: Sequence[AddedIndex]) -> None:
        if indexes:
            with self._translated():
                build(self._address, self._schema_state().schema, indexes)

    def build_sql(self, indexes: Sequence[AddedIndex]) -> str:
        with self._translated():
            return build_script(self._address, self._schema_state().schema, indexes)

    def triggers(self) -> Triggers | None:
        with self._translated():
            return of_the_app.state(self._address, self._schema_state().schema, self.names)

    def make_triggers(self) -> None:
        with self._translated():
            of_the_app.make(self._address, self._schema_state().schema, self.names)

    def remove_triggers(self) -> None:
        with self._translated():
            of_the_app.remove(self._address)

    def triggers_sql(self) -> str:
        return of_the_app.script(self._schema_state().schema, self.names)

    def is_closed(self) -> bool:
        return not self._schema_state().is_readable

    def missing_rights(self) -> Sequence[MissingRight]:
        with closing(ConnectionHolder(self._address)) as holder:
            return missing_rights(holder, schema_state(holder, self.names).schema, self.names)

    def grants(self) -> str:
        rights = self._rights()
        role = rights["role"]
        found = [
            f"GRANT SELECT, INSERT, UPDATE ON {table} TO {role};" for table in rights["closed_tables"] or ()
        ]
        if not rights["may_use_own"] and not self._can_make_own(rights):
            found += [
                f"GRANT USAGE ON SCHEMA {OWN} TO {role};",
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {OWN} TO {role};",
                f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {OWN} TO {role};",
            ]
        return "\n".join(found)

    @staticmethod
    def _can_make_own(rights: Row) -> bool:
        """Whether this role will own our tables, because it is the one that makes them."""
        if rights["may_make_own_tables"] is None:
            return bool(rights["may_make_schemas"] and rights["may_alter"] is not False)
        return bool(rights["may_make_own_tables"] and rights["may_alter"] is not False)

    def _schema_state(self) -> SchemaState:
        with closing(ConnectionHolder(self._address)) as holder:
            return schema_state(holder, self.names)

    def _rights(self) -> Row:
        with closing(ConnectionHolder(self._address)) as holder:
            schema = schema_state(holder, self.names).schema
            tables = [self.names.table(ours) for ours in TABLES]
            values = {"own": OWN, "schema": schema, "talent": tables[0], "tables": tables}
            (row,) = holder.query(_RIGHTS, values)
            return row

    def _engine(self) -> Engine:
        def connect() -> psycopg.Connection:
            return psycopg.connect(self._address.conninfo, prepare_threshold=None)

        return create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)

    @contextmanager
    def _translated(self, *, down: bool = False) -> Iterator[None]:
        """Turn errors of Postgres into ours, including those that SQLAlchemy has wrapped."""
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            if not isinstance(cause, psycopg.Error):
                raise
            raise self._translate(cause, down=down) from None

    def _translate(self, error: psycopg.Error, *, down: bool) -> TalentimgError:
        if isinstance(error, errors.InsufficientPrivilege):
            command = f"talentimg migrate {'--down ' * down}--sql"
            return ConfigError(
                self._missing_right(), hint=f"`{command}` prints what somebody with that right has to run."
            )
        if isinstance(error, errors.DependentObjectsStillExist):
            return ConfigError(
                f"Something in {self._address.place}, such as a view, uses what talentimg has added to it.",
                hint="Nothing was changed. Remove that first.",
            )
        return postgres_errors.translate(error, self._address.place)

    def _missing_right(self) -> str:
        rights = self._rights()
        place = self._address.place
        if rights["owns_own"] is False:
            lack = f"is not the owner of the tables in the schema {OWN} of {place}"
        elif rights["may_make_own_tables"] is None and not rights["may_make_schemas"]:
            lack = f"may not create the schema {OWN} in {place}: it lacks the right CREATE on the database"
        elif rights["may_make_own_tables"] is False:
            lack = f"may not create tables in the schema {OWN} of {place}: it lacks the right CREATE there"
        elif rights["may_alter"] is False:
            lack = f'may not alter the table "{self.names.table(TABLES[0])}" in {place}: it is not its owner'
        elif rights["may_alter"] is None and not rights["may_make_tables"]:
            lack = f"may not create tables in {place}: it lacks the right CREATE on the schema of the app"
        else:
            lack = f"lacks a right in {place}: it does not own all that has to be changed"
        return f"The database role {rights['role']} {lack}."


def open_store(url: str, names: AppNames) -> PostgresStore:
    """The database that a URL names."""
    return PostgresStore(parse(url), names)


def _run(connection: Connection, statement: str) -> None:
    connection.execute(text(statement.replace(":", "\\:")))  # a colon would begin a placeholder


def _beginning(schema: str) -> tuple[str, ...]:
    # The lock is waited for without limit, and nothing is read before.
    return (_NO_TIME_LIMIT, _LOCK, _LOCK_TIMEOUT, _search_path(schema))


def _search_path(schema: str) -> str:
    """Makes names without a schema mean the app's, whatever the role's own search path is."""
    return f"SET LOCAL search_path TO {quoted(schema)}"
