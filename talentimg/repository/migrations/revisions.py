"""Which versions of the schema there are. Importing this loads nothing of Alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import SchemaOutdated, SchemaTooNew, StoreUnreadable, UsageError

if TYPE_CHECKING:
    from pathlib import Path

REVISIONS = tuple(f"{number:04}" for number in range(1, 19))
"""Every schema version, oldest first; known without importing Alembic."""

HEAD = REVISIONS[-1]
"""The schema version that this program works with."""

WISHES = "0013"
"""The version since which the app's tables may have triggers of ours."""

BASE = "base"
"""The name of the state before the first step."""


def target(name: str) -> str:
    """The version that a person names: `head`, `base`, or a number.

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
    """The error for a roster with a newer schema than this program knows."""
    return SchemaTooNew(
        f"{_subject(place)} has schema {version}, and this version of talentimg only knows up to {HEAD}.",
        hint="Update talentimg.",
    )


def behind(place: str, version: str | None) -> SchemaOutdated:
    """The error for a database with an outdated schema, which we do not migrate unasked."""
    has = f"has schema {version} of talentimg" if version else "has no schema of talentimg yet"
    return SchemaOutdated(
        f"The database needs `talentimg migrate` first: {place} {has}, and this version needs {HEAD}.",
        hint="`talentimg migrate --sql` shows beforehand what that will do.",
    )


def forgotten(place: Path | str, table: str) -> StoreUnreadable:
    """The error for a store that has our tables, and no longer the row that tells their version."""
    statement = f"INSERT INTO {table} (version_num) VALUES ('{HEAD}');"  # noqa: S608  our own names
    return StoreUnreadable(
        f"{_subject(place)} no longer says which schema it has: the row of the table {table} is gone.",
        hint=f"Put a backup back. Or, if this version was the last to use it, say so: {statement}",
    )


def _subject(place: Path | str) -> str:
    return f"{place[:1].upper()}{place[1:]}" if isinstance(place, str) else f"The roster at {place}"
