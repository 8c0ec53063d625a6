"""Which versions of the schema there are. Importing this loads nothing of Alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from talentimg.errors import SchemaOutdated, SchemaTooNew, UsageError

if TYPE_CHECKING:
    from pathlib import Path

REVISIONS = ("0001", "0002", "0003")
"""Every schema version, oldest first. A reader compares with it without loading Alembic."""

HEAD = REVISIONS[-1]
"""The schema version that this program works with."""

BASE = "base"
"""The word for no schema at all."""


# A NamedTuple is made in a fifth of the time that a dataclass takes, and every command makes this one.
class MigrationStatus(NamedTuple):
    """Where a store stands.

    `current` is None before the first step. `pending` describes the steps still to take.
    """

    current: str | None
    head: str
    pending: tuple[str, ...]


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
