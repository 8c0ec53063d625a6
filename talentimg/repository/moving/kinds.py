"""The kinds of values in our tables, in one form for every database, so that rows of two can be compared.

SQLite knows neither times nor JSON, Postgres keeps JSON in a form of its own. So the kind of a column is what
the two databases between which rows move say of it together, and a value has one form: times as we store them
on SQLite, JSON with its keys in order.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from talentimg.errors import StoreUnreadable
from talentimg.repository.stored import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Value: TypeAlias = "str | int | float | bytes | None"
Row: TypeAlias = "tuple[Value, ...]"
Key: TypeAlias = "tuple[Value, ...]"

NOT_OF_THIS_KIND: Final = (TypeError, ValueError, OverflowError, RecursionError, StoreUnreadable)
_MODULUS: Final = 1 << 256
_OURS: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Kind(Enum):
    """What a column holds. Whatever is nothing else is text: ids, enums, addresses."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    TIME = "time"
    JSON = "json"
    BYTES = "bytes"


def told_together(one: Kind, other: Kind) -> Kind:
    """The kind of a column that two databases tell differently: text is what says least, then a number."""
    for vague in (Kind.TEXT, Kind.INTEGER, Kind.REAL):
        if one is vague:
            return other
        if other is vague:
            return one
    return one


def form_of(kind: Kind) -> Callable[[Any], Value]:
    """What brings a value, as a driver gives it, into the form that is the same for every database.

    It raises one of `NOT_OF_THIS_KIND` for one that is not of this kind, and changes none into another.
    """
    return _FORMS[kind]


def _text(value: Any) -> str:  # noqa: ANN401  as the drivers give them
    if isinstance(value, bytes):
        raise TypeError
    return str(value)


def _integer(value: Any) -> int:  # noqa: ANN401  likewise
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value)


def _boolean(value: Any) -> int:  # noqa: ANN401  likewise
    if value not in (0, 1):
        raise ValueError
    return int(value)


def _time(value: Any) -> str | None:  # noqa: ANN401  text, or what a driver has made of it
    at = from_text(value)
    return value if isinstance(value, str) and _OURS.fullmatch(value) else to_text(at)


def _json_form(value: object) -> str | None:
    """JSON as one text, whoever wrote it. JSON's null is none: not every database keeps the two apart."""
    if value is None:
        return None
    return json.dumps(
        _whole(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def _whole(value: Any) -> Any:  # noqa: ANN401  JSON
    """With 1.0 as 1: Postgres may write such a number either way."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def _json(value: Any) -> str | None:  # noqa: ANN401  text, or what a driver has made of it
    return _json_form(json.loads(value) if isinstance(value, str) else value)


_FORMS: Final[dict[Kind, Callable[[Any], Value]]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.REAL: float,
    Kind.BOOLEAN: _boolean,
    Kind.TIME: _time,
    Kind.JSON: _json,
    Kind.BYTES: lambda value: memoryview(value).tobytes(),
}


class Content:
    """How many rows there are and what is in them, whatever their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Count these too."""
        self.rows += len(rows)
        self._sum = (self._sum + sum(map(_number, rows))) % _MODULUS

    @property
    def digest(self) -> str:
        """64 hexadecimal digits. Two tables with the same rows have the same, in whatever order they come."""
        return f"{self._sum:064x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and (self.rows, self.digest) == (other.rows, other.digest)

    __hash__ = None  # type: ignore[assignment]  # it grows


def _number(row: Row) -> int:
    parts = [{"hex": value.hex()} if isinstance(value, bytes) else value for value in row]
    text = json.dumps(parts, separators=(",", ":"))
    return int.from_bytes(sha256(text.encode()).digest(), "big")
