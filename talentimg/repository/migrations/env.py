"""Alembic runs this for every command. The connection, with the lock held, comes from `runner`."""

from __future__ import annotations

from alembic import context
from sqlalchemy import inspect, text

from talentimg.repository.naming import OWN, VERSION_TABLE, own_table

MADE_BY_US = "made by talentimg migrate"
"""The comment on the schema if we made it. A schema that somebody else made for us is not dropped."""
_COMMENT = text(f"SELECT obj_description(to_regnamespace('{OWN}'), 'pg_namespace')")

_connection = context.config.attributes["connection"]
_dialect = _connection.dialect.name
_table, _schema = own_table(VERSION_TABLE, _dialect)
_to_base = context.config.attributes["to_base"]
_name = f"{_schema}.{_table}" if _schema else _table

context.configure(
    connection=_connection,
    version_table=_table,
    version_table_schema=_schema,
    # `runner` prints the transaction around a script.
    transactional_ddl=not context.is_offline_mode(),
    literal_binds=context.is_offline_mode(),
)

with context.begin_transaction():
    # CREATE SCHEMA needs a right even with IF NOT EXISTS, and somebody else may have made it for us.
    restoring = context.config.attributes["is_restoring"]  # then it is there, or printed already
    if _schema and not _to_base and not restoring and not inspect(_connection).has_schema(_schema):
        context.execute(f"CREATE SCHEMA {OWN}")
        context.execute(f"COMMENT ON SCHEMA {OWN} IS '{MADE_BY_US}'")
    context.run_migrations()
    if _to_base:
        # Alembic itself would leave its table behind.
        context.execute(f"DROP TABLE IF EXISTS {_name}")
        if _schema and _connection.execute(_COMMENT).scalar() == MADE_BY_US:
            context.execute(f"DROP SCHEMA IF EXISTS {OWN}")
