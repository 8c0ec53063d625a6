"""The values that were given so far, each checked against its row of the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from talentimg.errors import ConfigError
from talentimg.settings.options import ProviderOption

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from talentimg.settings.row import Option, Value


class Given:
    """The values that were given so far, and where. A later value replaces an earlier one."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.origins: dict[str, str] = {}
        self.providers: dict[str, dict[str, ProviderOption]] = {}

    def take(self, option: Option, value: object, origin: str, place: str | None = None) -> None:
        """Check a value, and keep it.

        Args:
            option: the setting.
            value: what was given for it.
            origin: the flag, variable or file that it comes from.
            place: what an error names instead of the origin: the file with its line.

        Raises:
            ConfigError: the value has the wrong type or form, or is too small or too large.
        """
        self.values[option.key] = _convert(option, value, place or origin)
        self.origins[option.key] = origin

    def take_provider(self, name: str, key: str, value: str | int, origin: str) -> None:
        """Keep a value for a provider. `providers/settings.py` checks it."""
        self.providers.setdefault(name.lower(), {})[key] = ProviderOption(value, origin)


def _convert(option: Option, value: object, place: str) -> Value:
    converted = _CONVERTERS[option.kind](value)
    # In this order the comparison also refuses not-a-number, which compares as false with everything.
    if converted is None or (
        isinstance(converted, int | float) and not option.least <= converted <= option.most
    ):
        raise ConfigError(f"{place}: {_expected(option)}.", hint=f"It sets: {option.help}")
    if option.choices and converted not in option.choices:
        raise ConfigError(f"{place}: it has to be one of {', '.join(option.choices)}.")
    form = option.form
    if form and converted != option.default and not re.fullmatch(form.pattern, str(converted)):
        raise ConfigError(f"{place}: it has to be {form.words}.", hint=f"Like this: {form.example}")
    return converted


def _expected(option: Option) -> str:
    words = {
        "Path": "it has to be a text in quotes",
        "str": "it has to be a text in quotes",
        "int": f"it has to be a whole number from {option.least:g} to {option.most:.0f}",
        "float": f"it has to be a number from {option.least:g} to {option.most:.0f}",
        "tuple[str, ...]": "it has to be a list of texts in quotes",
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
    "Path": _text,
    "str": _text,
    "int": _whole,
    "float": _number,
    "tuple[str, ...]": _list,
}
