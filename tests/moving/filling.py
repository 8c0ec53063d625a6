"""Fills every table that the schema has, whatever its columns are called; so what is new in it as well."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from talentimg.repository.app_names import ACCOUNT, TALENT
from talentimg.repository.moving.kinds import Kind
from talentimg.repository.moving.shapes import AGENCY, STAYS
from talentimg.repository.registry import open_tables

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from talentimg.repository.moving.kinds import Row, Value
    from talentimg.repository.moving.shapes import Shape

OF_ALL = frozenset({"salt"})
"""Columns in which all rows of a roster have the same."""
NASTY = 'Zoë O\'Brien 😀 "quoted" \\ {json} \u202e %s %(x)s\nnext'


def of(path: Path) -> str:
    return f"sqlite:///{path}"


def fill(url: str, people: int, kinds: Mapping[str, Shape], *, each: int | None = None) -> None:
    """Put so many rows into every table of a file that is part of a roster.

    Args:
        url: the file.
        people: how many talents, users and accounts there are.
        kinds: what the columns hold, as a database with types for all of it tells.
        each: how many rows the other tables get, if not as many.
    """
    with closing(open_tables(url)) as store, store.transaction():
        for name, shape in store.shapes().items():
            if name not in STAYS:
                told = {n: c._replace(kind=kinds[name].columns[n].kind) for n, c in shape.columns.items()}
                count = people if name in AGENCY or each is None else each
                rows = [_row(shape.only(told), number) for number in range(count)]
                for start in range(0, count, 5000):
                    store.put(shape, rows[start : start + 5000])


def _row(shape: Shape, number: int) -> Row:
    return tuple(_value(shape, name, number) for name in shape.columns)


def _value(shape: Shape, name: str, number: int) -> Value:
    links = {"userId": "User", "creatorId": TALENT, "talent_id": TALENT, "account_id": ACCOUNT}
    if name in shape.key and name == "id":
        return number + 1 if shape.columns[name].kind is Kind.INTEGER else f"{shape.name}-{number:06}"
    if name in links and len(shape.key) < 3:
        return f"{links[name]}-{number:06}"
    column = shape.columns[name]
    if not column.is_needed and name not in shape.key and number % 5 == 4:
        return None
    return _filled(name, column.kind, 0 if name in OF_ALL else number)


def _filled(name: str, kind: Kind, number: int) -> Value:
    at = f"2026-{1 + number % 12:02}-{1 + number % 28:02}T02:{number % 60:02}:00.{number % 1000:03}Z"
    about = {"10": [number, None, True], "b": {"why": NASTY, "a": number / 4}, "c": at}
    made: dict[Kind, Value] = {
        Kind.TEXT: f"{name} {number} {NASTY if number % 7 == 0 else ''}".strip(),
        Kind.INTEGER: number * 3,
        Kind.REAL: number / 8,
        Kind.BOOLEAN: number % 2,
        Kind.TIME: at,
        Kind.JSON: json.dumps(_whole(about), ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        Kind.BYTES: bytes(range(number % 256)),
    }
    return made[kind]


def _whole(about: dict[str, Any]) -> dict[str, Any]:
    part = about["b"]["a"]
    about["b"]["a"] = int(part) if part == int(part) else part
    return about


def dumped(path: Path, *, without: Collection[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a file that is part of a roster, as SQLite itself gives them, in order."""
    with closing(sqlite3.connect(path)) as file:
        names = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        moving = [n for n in names if n.removeprefix("talentimg_") not in {*STAYS, *without}]
        return {name: sorted(file.execute(f'SELECT * FROM "{name}"'), key=repr) for name in moving}
