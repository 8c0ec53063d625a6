"""The migrations: one Alembic history for SQLite and for Postgres.

Going up adds to the agency's tables what they lack, makes those that are missing, and makes our
own. Our table `added` records what was added, and going down removes exactly that.

Importing this is cheap: Alembic is imported when there is something to do for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.app_names import AS_OURS
from talentimg.repository.migrations.revisions import (
    BASE,
    HEAD,
    REVISIONS,
    ahead,
    behind,
    target,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.migrations.store import MigrationStatus
    from talentimg.repository.postgres.rights import MissingRight

__all__ = [
    "BASE",
    "HEAD",
    "REVISIONS",
    "ahead",
    "behind",
    "downgrade",
    "downgrade_sql",
    "is_readable",
    "missing_rights",
    "status",
    "upgrade",
    "upgrade_sql",
]


def status(url: str, names: AppNames = AS_OURS, *, platforms: Collection[str] = ()) -> MigrationStatus:
    """The status of a store; one that does not exist yet is before the first step. See `upgrade`."""
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    return runner.status(url, names, platforms)


def missing_rights(url: str, names: AppNames = AS_OURS) -> Sequence[MissingRight]:
    """The rights that this role lacks in a store, each as the statement that grants it; none in a file.

    Raises:
        StoreUnavailable: the database does not answer.
        ConfigError: it does not let this role in.
    """
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    return runner.missing_rights(url, names)


def is_readable(url: str, names: AppNames = AS_OURS) -> bool:
    """Whether a store has all that reading needs: this version's schema, but perhaps for indexes."""
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    return runner.is_readable(url, names)


def upgrade(
    url: str,
    to: str = "head",
    names: AppNames = AS_OURS,
    *,
    new_roster: bool = False,
    platforms: Collection[str] = (),
    triggers: bool = True,
) -> None:
    """Migrate up to a version, by default the newest; make a SQLite store if there is none.

    What the app has taken away again of what was added to its tables is made again. It does no harm if two
    processes do this at once.

    Args:
        url: the store.
        to: the version.
        names: what the app on Postgres calls its tables and columns.
        new_roster: whether to make the tables of a roster in a Postgres database without any table.
        platforms: those whose names the app's columns have to take.
        triggers: whether the app's tables on Postgres get triggers that tell workers what the app has
            changed, as far as this role may make them; False takes them away.

    Raises:
        ConfigError: the app's tables are not in this database, or will not do; nothing was changed.
        UsageError: there is no such version.
        SchemaTooNew: the store has a newer schema than this program knows.
    """
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    runner.upgrade(url, target(to), names, new_roster=new_roster, platforms=platforms, triggers=triggers)


def downgrade(url: str, to: str, names: AppNames = AS_OURS, *, keep_columns: bool = False) -> None:
    """Migrate down to a version, or to `base`.

    Tables of the agency that we made stay if the agency keeps anything in them.

    Args:
        url: the store.
        to: the version.
        names: what the app on Postgres calls its tables and columns.
        keep_columns: whether the columns and indexes that we added stay, as the app has taken them over.

    Raises:
        UsageError: there is no such version.
        StoreNotFound: there is no store.
        SchemaTooNew: the store has a newer schema than this program knows.
    """
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    runner.downgrade(url, target(to), names, keep_columns=keep_columns)


def upgrade_sql(
    url: str,
    to: str = "head",
    names: AppNames = AS_OURS,
    *,
    new_roster: bool = False,
    platforms: Collection[str] = (),
    triggers: bool = True,
) -> str:
    """The SQL that `upgrade` would run on this store in its present state; nothing is run."""
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    return runner.upgrade_sql(
        url, target(to), names, new_roster=new_roster, platforms=platforms, triggers=triggers
    )


def downgrade_sql(url: str, to: str, names: AppNames = AS_OURS, *, keep_columns: bool = False) -> str:
    """The SQL that `downgrade` would run on this store in its present state; nothing is run."""
    from talentimg.repository.migrations import runner  # noqa: PLC0415  loads Alembic

    return runner.downgrade_sql(url, target(to), names, keep_columns=keep_columns)
