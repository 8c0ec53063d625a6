"""What tables look like, which of them stay when a roster moves, and which columns hold a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from talentimg.errors import StoreUnreadable
from talentimg.repository.app_names import ACCOUNT, TALENT, USER
from talentimg.repository.moving.kinds import NOT_OF_THIS_KIND, form_of, told_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from talentimg.repository.moving.kinds import Key, Kind, Row, Value

AGENCY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        USER: ("id", "email", "name", "avatarUrl"),
        TALENT: (
            "id",
            "userId",
            "name",
            "displayName",
            "profileImageUrl",
            "profileImageSource",
            "lastProfileImageSyncAt",
        ),
        ACCOUNT: (
            "id",
            "creatorId",
            "platform",
            "handle",
            "profileUrl",
            "connected",
            "connectionType",
            "syncStatus",
            "accessToken",
            "refreshToken",
            "expiresAt",
            "lastSyncedAt",
            "syncError",
            "metadata",
            "createdAt",
            "updatedAt",
        ),
    }
)
"""The columns of the agency's tables that are part of a roster, by our names; whom others refer to first."""

STAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "version": "the schema is that of the database itself",
        "added": "what was added to this database, for the way down",
        "leases": "whom the processes there are looking at",
        "workers": "the processes there",
        "paces": "when they may ask platforms next",
        "renewals": "which tokens the processes there are renewing",
        "marks": "how far claims have passed along the lists there",
        "orphans": "what a sweep there has noted, for its next time",
    }
)
"""Tables of ours that tell of a database and its processes, and not of people. All others move."""

_SOUNDS_SECRET: Final = re.compile("secret|password|private|token", re.IGNORECASE)
_NOT_SECRET: Final[frozenset[tuple[str, str]]] = frozenset()
"""Columns that only sound so."""
SHORT_LIVED: Final = frozenset({"answers"})
"""Tables of which nothing is worth keeping for long, and that may hold a secret in any row."""
OF_WEBHOOKS: Final = frozenset({"deliveries"})
"""Tables that are nothing without the webhooks, which in turn are nothing without their secrets."""

LARGE: Final[Mapping[str, int]] = MappingProxyType({"imports": 5, "answers": 20})
"""Rows of these tables that are read at a time, as one may hold megabytes."""
PAGE: Final = 500
"""Rows of the others."""


class Column(NamedTuple):
    """A column: what it holds, and whether it has to be filled."""

    kind: Kind
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A table, by our name for it: its columns in order, and those of its primary key."""

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.columns)

    @property
    def page(self) -> int:
        """How many rows are read at a time."""
        return LARGE.get(self.name, PAGE)

    def place(self, column: str) -> int:
        """Where a column stands in a row."""
        return self.names.index(column)

    def key_of(self, row: Sequence[Any]) -> Key:
        """The key of a row."""
        return self.keys_of([row])[0]

    def keys_of(self, rows: Iterable[Sequence[Any]]) -> list[Key]:
        """The keys of rows, in their order."""
        places = [self.place(name) for name in self.key]
        return [tuple([row[place] for place in places]) for row in rows]

    def value(self, row: Row, column: str) -> Value:
        """What a row has in a column."""
        return row[self.place(column)]

    def only(self, columns: Mapping[str, Column]) -> Shape:
        """The same with these columns alone."""
        return replace(self, columns=columns)


def agreed(source: Shape, target: Shape) -> tuple[Shape, Shape]:
    """Both with the columns that both have, in one order, of the kinds that they tell together.

    Raises:
        StoreUnreadable: a table of ours has no key, or not the same one.
    """
    if not source.key or source.key != target.key:
        raise StoreUnreadable(f"The table {source.name} of the two rosters has not the same key.")
    names = [name for name in target.columns if name in source.columns]
    kinds = {n: told_together(source.columns[n].kind, target.columns[n].kind) for n in names}
    return (
        source.only({n: source.columns[n]._replace(kind=kinds[n]) for n in names}),
        target.only({n: target.columns[n]._replace(kind=kinds[n]) for n in names}),
    )


def reader(shape: Shape) -> Callable[[Sequence[Any]], Row]:
    """What makes a row of the values that a driver gives, in the form that is the same for every database.

    It raises `StoreUnreadable` for a value that is not of its column's kind, and names its place.
    """
    forms = [form_of(column.kind) for column in shape.columns.values()]

    def read(values: Sequence[Any]) -> Row:
        try:
            return tuple([v if v is None else form(v) for v, form in zip(values, forms, strict=True)])
        except NOT_OF_THIS_KIND:
            raise _not_of_its_kind(shape, values) from None

    return read


def _not_of_its_kind(shape: Shape, values: Sequence[Any]) -> StoreUnreadable:
    name, column = next(
        (name, column)
        for (name, column), value in zip(shape.columns.items(), values, strict=True)
        if value is not None and not _is_of(column.kind, value)
    )
    return StoreUnreadable(
        f"The table {shape.name} has a value in {name} that is no {column.kind.value} "
        f"({', '.join(map(str, shape.key_of(values)))}).",
        hint="Correct it in the roster that it comes from, and say the same again.",
    )


def _is_of(kind: Kind, value: Any) -> bool:  # noqa: ANN401  as the drivers give them
    try:
        form_of(kind)(value)
    except NOT_OF_THIS_KIND:
        return False
    return True


def in_order(names: Iterable[str]) -> list[str]:
    """Tables in the order in which they are written: the people last, so that half a roster shows nobody."""
    agency = list(AGENCY)
    return sorted(names, key=lambda name: (agency.index(name) if name in agency else -1, name))


def is_secret(table: str, column: str) -> bool:
    """Whether a column holds what opens a door, by its name. The digests of `tokens` open nothing."""
    return _SOUNDS_SECRET.search(column) is not None and (table, column) not in _NOT_SECRET


def secrets_of(shape: Shape) -> frozenset[str]:
    """The columns of a table that hold secrets."""
    return frozenset(name for name in shape.columns if is_secret(shape.name, name))


def needs_secrets(shape: Shape) -> bool:
    """Whether rows of a table are nothing without their secrets, or may be one as a whole."""
    return shape.name in SHORT_LIVED | OF_WEBHOOKS or any(
        shape.columns[name].is_needed for name in secrets_of(shape)
    )
