"""What our own tables are called, on every kind of database.

The agency's tables keep the agency's names. Ours stand apart from them: by a prefix where a
database has no schemas (SQLite), in a schema of their own where it has (Postgres), so that
the migration tool of the agency's app does not see them at all.
"""

from __future__ import annotations

OWN = "talentimg"
"""The prefix, or the schema, of everything that is ours."""

VERSION_TABLE = "version"
"""Our table that holds the schema version, by its short name."""


def own_table(name: str, dialect: str) -> tuple[str, str | None]:
    """The table name, and its schema if there is one, of one of our tables."""
    return (f"{OWN}_{name}", None) if dialect == "sqlite" else (name, OWN)
