"""The settings file: its values, the line of every mistake, and a warning when others can read it."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import ConfigError
from talentimg.settings.options import BY_KEY, SettingsWarning
from talentimg.settings.row import SECTIONS
from talentimg.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from talentimg.settings.given import Given
    from talentimg.settings.row import Option

HEADER: Final = re.compile(r"\s*\[{1,2}([^\[\]]+)\]")
WRITTEN_KEY: Final = re.compile(r"\s*([^=#\[\]{}]+)=")
READABLE_BY_OTHERS: Final = 0o044
WRITABLE_BY_ALL: Final = 0o002
SECRET_WORDS: Final = re.compile(r"token|secret|key|password")
"""A provider's setting whose name contains one of these words is taken for a credential."""
TOML_BITS: Final = 63
"""Bits of the largest whole number in TOML. Python reads larger ones, but fails to print them."""


def read_file(file: Path, given: Given) -> tuple[SettingsWarning, ...]:
    """Add the file's values to `given`, and return the warnings for the operator.

    The file is read first, so `given` holds nothing yet.

    Raises:
        ConfigError: the file cannot be read, or there is a mistake in it.
    """
    text = _file_text(file)
    for key, value in _document(file, text):
        place = _place(file, text, key)
        if isinstance(value, int) and value.bit_length() > TOML_BITS:
            raise ConfigError(f"{place}: the number is too large.")
        if key.startswith("providers."):
            _take_provider(given, key, value, place)
        else:
            given.take(_option(key, place), value, str(file), f"{place}, {key}")
    return _exposed(file, given)


def is_there(file: Path) -> bool:
    """Whether there is such a file.

    Raises:
        ConfigError: that cannot be told: its folder may not be read, or no file can have such a name.
    """
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None
    return True


def _file_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"The config file {file} is not UTF-8 text.", hint="Save it as UTF-8.") from None
    except OSError as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: OSError | ValueError) -> ConfigError:
    why = (getattr(error, "strerror", None) or "no access").lower()
    return ConfigError(
        f"The config file {file} cannot be read: {why}.", hint="Check its owner and its permissions."
    )


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            pairs += _flatten(value, f"{prefix}{key}.")
        else:
            pairs.append((prefix + key, value))
    return pairs


def _document(file: Path, text: str) -> list[tuple[str, Any]]:
    """Every value of the file, by key."""
    import tomllib  # noqa: PLC0415  most calls have no file to read: start-up time

    try:
        return _flatten(tomllib.loads(text))
    except (ValueError, RecursionError) as error:  # broken TOML, an endless number, brackets in brackets
        if where := re.search(r"at line (\d+)", str(error)):
            raise ConfigError(
                f"{file}, line {where[1]}: this is not TOML.",
                hint='Fix that line. A setting looks like this: user_agent = "agency-bot/1.0"',
            ) from None
        raise ConfigError(
            f"{file}: this is not TOML.", hint="Look for a quote or a bracket that is not closed."
        ) from None


def _option(key: str, place: str) -> Option:
    if key in BY_KEY:
        return BY_KEY[key]
    if key in {*SECTIONS, "providers"}:
        name = "[providers.<name>]" if key == "providers" else f"[{key}]"
        raise ConfigError(f"{place}: {key} is a section.", hint=f"Write {name}, and its settings below.")
    section = key.rpartition(".")[0]
    known = [name for name in BY_KEY if name.rpartition(".")[0] == section] or list(BY_KEY)
    raise ConfigError(
        f"{place}: there is no setting {key!r}.{did_you_mean(key, BY_KEY)}",
        hint=f"One of these: {', '.join(known)}",
    )


def _take_provider(given: Given, key: str, value: object, place: str) -> None:
    name, _, rest = key.removeprefix("providers.").partition(".")
    if not rest or isinstance(value, bool) or not isinstance(value, str | int):
        raise ConfigError(f"{place}: {key} has to be a text in quotes, under [providers.<name>].")
    given.take_provider(name, rest, value, place)


def _place(file: Path, text: str, key: str) -> str:
    """The file, and the line of a key; where that is not found, the line of the table around it."""
    while key:
        if line := _line(text, key):
            return f"{file}, line {line}"
        key = key.rpartition(".")[0]
    return str(file)


def _line(text: str, key: str) -> int | None:
    """The number of the line that begins with a key or with the header of its name.

    We look for it ourselves, as tomllib tells no positions.
    """
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := HEADER.match(line):
            section = _bare(header[1])
            found = section
        elif written := WRITTEN_KEY.match(line):
            found = ".".join(filter(None, (section, _bare(written[1]))))
        else:
            continue
        if found == key:
            return number
    return None


def _bare(written: str) -> str:
    """A key without the quotes and spaces that it was written with."""
    return re.sub(r"[\s\"']", "", written)


def _exposed(file: Path, given: Given) -> tuple[SettingsWarning, ...]:
    """A warning when everybody can change the file, or read one that seems to hold a secret."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return ()
    close = f"Fix it with: chmod 600 {quote(str(file))}"
    if mode & WRITABLE_BY_ALL:
        return (SettingsWarning(f"Every user can change {file}, and so what talentimg does.", close),)
    if mode & READABLE_BY_OTHERS and _holds_secret(given):
        return (SettingsWarning(f"Other users can read {file}, which seems to hold a secret.", close),)
    return ()


def _holds_secret(given: Given) -> bool:
    return any(BY_KEY[key].holds_secret(value) for key, value in given.values.items()) or any(
        SECRET_WORDS.search(key) for options in given.providers.values() for key in options
    )
