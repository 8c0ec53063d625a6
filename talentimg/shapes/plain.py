"""A model as plain values, as JSON can hold them, without what is secret. Pure."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentimg.repository.urls import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.models import (
        Picture,
        Suspect,
    )

_AS_THEY_ARE: Final = frozenset({bool, int, float, type(None)})


def plain(value: object) -> Any:  # noqa: ANN401  whatever JSON can hold
    """A model as JSON can hold it. Fields kept out of `repr` are secrets, and stay out of here too."""
    kind = type(value)
    if kind in _AS_THEY_ARE:  # most values of a line, of which a run writes one for each talent
        return value
    if names := _shown(kind):  # type: ignore[arg-type]  # a class is hashable
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {_without_surrogates(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else _safe(value)


def _safe(value: object) -> object:
    return without_userinfo(_without_surrogates(value)) if isinstance(value, str) else value


@cache
def _shown(kind: type) -> tuple[str, ...]:
    """The names of a model's fields that are nobody's secret."""
    return tuple(field.name for field in fields(kind) if field.repr) if is_dataclass(kind) else ()


def document(fields: Mapping[str, object]) -> dict[str, Any]:
    """What is said of something, as JSON can hold it."""
    return {name: plain(value) for name, value in fields.items()}


def fields_of(model: object) -> dict[str, Any]:
    """The fields of a model, as JSON can hold them."""
    fields: dict[str, Any] = plain(model)
    return fields


def without_likeness(model: Picture | Suspect) -> dict[str, Any]:
    """What it looks like is for our own comparisons."""
    fields = fields_of(model)
    del fields["likeness"]
    return fields


def _without_surrogates(text: str) -> str:
    """A lone surrogate can be stored, but no UTF-8 stream can carry it."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
