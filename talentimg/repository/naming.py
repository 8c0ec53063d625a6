"""The names of our own tables on every kind of database.

The agency's tables keep the agency's names. Ours have a prefix where a database has no schemas
(SQLite), and a schema to themselves where it has (Postgres), so that the migration tool of the
agency's app does not see them.
"""

from __future__ import annotations

OWN = "talentimg"
"""The prefix or schema of everything that is ours."""

VERSION_TABLE = "version"
"""The short name of our table that holds the schema version."""


def own_table(name: str, dialect: str) -> tuple[str, str | None]:
    """The full name of one of our tables, and its schema if it has one."""
    return (f"{OWN}_{name}", None) if dialect == "sqlite" else (name, OWN)
