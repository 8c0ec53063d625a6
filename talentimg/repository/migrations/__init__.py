"""The schema's steps: one Alembic history for SQLite and for Postgres.

Going up adds to the agency's tables what they lack, makes those that are missing, and makes
ours. What was added is written down (our table `added`), and going down removes exactly that.

Importing this costs nothing: Alembic is loaded when a step is to be taken or looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentimg.errors import SchemaOutdated, SchemaTooNew, UsageError

if TYPE_CHECKING:
    from pathlib import Path

REVISIONS = ("0001", "0002", "0003")
"""Every schema version, oldest first. A reader compares with it without loading Alembic."""

HEAD = REVISIONS[-1]
"""The schema version that this program works with."""

BASE = "base"
"""The word for no schema at all."""


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Where a store stands.

    `current` is None before the first step. `pending` describes the steps still to take.
    """

    current: str | None
    head: str
    pending: tuple[str, ...]


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


def target(name: str) -> str:
    """A version as a person names it: `head`, `base`, or its number.

    Raises:
        UsageError: there is no such version.
    """
    if name == "head":
        return HEAD
    if name not in (BASE, *REVISIONS):
        raise UsageError(
            f"There is no schema version {name!r}.",
            hint=f"Name one of these: {', '.join((BASE, *REVISIONS, 'head'))}",
        )
    return name


def ahead(place: Path | str, version: str | None) -> SchemaTooNew:
    """The error for a roster that a newer version of this program has written."""
    return SchemaTooNew(
        f"{_subject(place)} has schema {version}, and this version of talentimg knows only up to {HEAD}.",
        hint="Update talentimg.",
    )


def behind(place: str, version: str | None) -> SchemaOutdated:
    """The error for a database that is not ours to bring up to date unasked."""
    has = f"has schema {version} of talentimg" if version else "has no schema of talentimg yet"
    return SchemaOutdated(
        f"The database needs `talentimg migrate` first: {place} {has}, and this version wants {HEAD}.",
        hint="`talentimg migrate --sql` shows beforehand what that does.",
    )


def _subject(place: Path | str) -> str:
    return f"{place[:1].upper()}{place[1:]}" if isinstance(place, str) else f"The roster at {place}"
