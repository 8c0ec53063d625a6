"""Whether the app's tables will do: what could never be read or written is found before any change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.repository.app_names import ACCOUNT, NAMEABLE, TALENT, USER
from talentimg.repository.postgres.app_tables import KINDS, TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.app_tables import AppTables, Column, Table

_ID: Final = "text, as an id"
_TEXT: Final = "text"
_TIME: Final = "a time"
_FLAG: Final = "true or false"
_CATEGORIES: Final = {_ID: "S", _TEXT: "SE", _TIME: "D", _FLAG: "B"}
"""The letters that Postgres gives to types of each kind: S is text of any sort, E an enum."""


class _Need(NamedTuple):
    """What we need of a column: its kind; whether we write to it, and whether NULL; and which values."""

    kind: str
    written: bool = False
    emptied: bool = False
    values: tuple[str, ...] = ()
    added: bool = False
    """Whether `migrate` adds it if it is missing."""


_NEEDS: Final[Mapping[str, Mapping[str, _Need]]] = {
    TALENT: {
        "id": _Need(_ID),
        "userId": _Need(_ID),
        "name": _Need(_TEXT),
        "displayName": _Need(_TEXT),
        "profileImageUrl": _Need(_TEXT, written=True, emptied=True, added=True),
        "profileImageSource": _Need(_TEXT, written=True, values=("initials", "manual", "user"), added=True),
        "lastProfileImageSyncAt": _Need(_TIME, written=True, added=True),
    },
    USER: {"id": _Need(_ID), "email": _Need(_TEXT), "avatarUrl": _Need(_TEXT)},
    ACCOUNT: {
        "id": _Need(_ID),
        "creatorId": _Need(_ID),
        "platform": _Need(_TEXT),
        "handle": _Need(_TEXT),
        "profileUrl": _Need(_TEXT),
        "connected": _Need(_FLAG),
        "updatedAt": _Need(_TIME),
        "accessToken": _Need(_TEXT, written=True, emptied=True),
        "refreshToken": _Need(_TEXT, written=True, emptied=True),
        "expiresAt": _Need(_TIME, written=True, emptied=True),
        "lastSyncedAt": _Need(_TIME, written=True),
        "syncStatus": _Need(_TEXT, written=True, values=("READY", "ERROR")),
        "syncError": _Need(_TEXT, written=True, emptied=True),
    },
}


def columns_used(table: str) -> Mapping[str, bool]:
    """The columns of one of the app's tables that we read, by our names, and whether we write to each."""
    return {name: need.written for name, need in _NEEDS[table].items()}


def problems(found: AppTables, names: AppNames, platforms: Collection[str]) -> list[str]:
    """Why these tables cannot be worked with, a sentence each; a table that is missing is no reason.

    Args:
        found: the tables.
        names: what the app calls them.
        platforms: those that there may be accounts on; an enum may leave out what the app has not got.
    """
    sentences = [
        sentence
        for ours, table in ((ours, found.tables[ours]) for ours in TABLES if ours in found.tables)
        for sentence in _of_table(ours, table, names)
    ]
    return sentences + _of_platforms(found, platforms)


def _of_platforms(found: AppTables, platforms: Collection[str]) -> list[str]:
    """What is wrong with the two columns to which names of platforms are written."""
    accounts, source = found.column(ACCOUNT, "platform"), found.column(TALENT, "profileImageSource")
    there = list(platforms)
    if accounts is not None and accounts.labels:
        there = [one for one in platforms if accounts.spelt(one) in accounts.labels]
        if not there:
            return list(_lacking(found.tables[ACCOUNT].name, accounts, platforms))
    return list(_lacking(found.tables[TALENT].name, source, there)) if source else []


def _of_table(ours: str, table: Table, names: AppNames) -> Iterator[str]:
    if KINDS[table.kind] != "table":
        yield f'"{table.name}" is a {KINDS[table.kind]}, and not a table.'
        return
    for name, need in _NEEDS[ours].items():
        column = table.columns.get(name)
        if column is not None:
            yield from _of_column(table.name, column, need)
        elif not need.added:
            yield f'The table "{table.name}" has no column "{names.column(name)}".{_instead(name, table)}'


def _instead(name: str, table: Table) -> str:
    """Which column it may be, if the app calls it otherwise."""
    like = next((column.name for column in table.columns.values() if alike(column.name, name)), None)
    if like is None or name not in NAMEABLE:
        return ""
    return f' If "{like}" is that, put {name}={like} into app.columns.'


def _of_column(table: str, column: Column, need: _Need) -> Iterator[str]:
    where = f'The column "{column.name}" of the table "{table}"'
    if column.category not in _CATEGORIES[need.kind]:
        yield f"{where} is of the type {column.type}, and has to be {need.kind}."
    if need.written and column.is_computed:
        yield f"{where} is computed, and talentimg has to write to it."
    if need.emptied and column.is_needed:
        yield f"{where} must not be empty, and talentimg has to empty it at times."
    yield from _lacking(table, column, need.values)


def _lacking(table: str, column: Column, values: Iterable[str]) -> Iterator[str]:
    """Which values an enum lacks."""
    lacking = [value for value in values if column.labels and value not in column.labels]
    if lacking:
        yield (
            f'The column "{column.name}" of the table "{table}" does not take {", ".join(lacking)}: '
            f"its type {column.type} has no such value."
        )


def alike(one: str, other: str) -> bool:
    """Whether two names are the same but for capitals, underscores and a plural."""
    return _bare(one) == _bare(other)


def near(name: str, others: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of some tables, each with its schema, that the app's table of this name may be."""
    return [(schema, table) for schema, table in others if alike(table, name)]


def _bare(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower()).removesuffix("s")
