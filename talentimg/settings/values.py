"""A value as it was given becomes one of its option's kind, or an error that names the place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from talentimg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from talentimg.settings.options import Option, Value


def convert(option: Option, value: object, place: str) -> Value:
    """The value as its option's kind. `place` is where it was given.

    Raises:
        ConfigError: it is of another kind, or beyond the option's bounds.
    """
    converted = _CONVERTERS[option.kind](value)
    # Written so that not-a-number, which is neither more nor less than anything, is refused as well.
    if converted is None or (
        isinstance(converted, int | float) and not option.least <= converted <= option.most
    ):
        raise ConfigError(f"{place}: {_expected(option)}.", hint=f"It sets: {option.help}")
    if option.choices and converted not in option.choices:
        raise ConfigError(f"{place}: it has to be one of {', '.join(option.choices)}.")
    return converted


def _expected(option: Option) -> str:
    words = {
        "text": "it has to be a text in quotes",
        "whole": f"it has to be a whole number from {option.least:g} to {option.most:.0f}",
        "number": f"it has to be a number from {option.least:g} to {option.most:.0f}",
        "list": "it has to be a list of texts",
    }
    return words[option.kind]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value, flags=re.ASCII):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", value, flags=re.ASCII):
        return float(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _list(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    return None


_CONVERTERS: Final[Mapping[str, Callable[[object], Value | None]]] = {
    "text": _text,
    "whole": _whole,
    "number": _number,
    "list": _list,
}
