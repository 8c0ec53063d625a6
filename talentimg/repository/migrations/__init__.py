"""The schema's steps: one Alembic history for SQLite and for Postgres.

Going up adds to the agency's tables what they lack, makes those that are missing, and makes
ours. What was added is written down (our table `added`), and going down removes exactly that.

Importing this costs nothing: Alembic is loaded when a step is to be taken or looked at.
"""

from __future__ import annotations

from talentimg.repository.migrations.revisions import (
    BASE,
    HEAD,
    REVISIONS,
    MigrationStatus,
    ahead,
    behind,
    target,
)

__all__ = [
    "BASE",
    "HEAD",
    "REVISIONS",
    "MigrationStatus",
    "ahead",
    "behind",
    "downgrade",
    "downgrade_sql",
    "status",
    "upgrade",
    "upgrade_sql",
]


def status(url: str) -> MigrationStatus:
    """Where the store stands. One that is not there yet stands before the first step."""
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    return runner.status(url)


def upgrade(url: str, to: str = "head") -> None:
    """Take the steps up to a version, or all; make the store if there is none. Safe when two do it at once.

    Raises:
        UsageError: there is no such version.
        SchemaTooNew: the store is of a newer version than this program.
    """
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    runner.upgrade(url, target(to))


def downgrade(url: str, to: str) -> None:
    """Take the steps back down to a version, or to `base`.

    What the agency keeps in tables that we made stays, and so do these tables.

    Raises:
        UsageError: there is no such version.
        StoreNotFound: there is no store.
        SchemaTooNew: the store is of a newer version than this program.
    """
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    runner.downgrade(url, target(to))


def upgrade_sql(url: str, to: str = "head") -> str:
    """The SQL that `upgrade` would run on this store as it is now; nothing is run."""
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    return runner.upgrade_sql(url, target(to))


def downgrade_sql(url: str, to: str) -> str:
    """The SQL that `downgrade` would run on this store as it is now; nothing is run."""
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    return runner.downgrade_sql(url, target(to))
