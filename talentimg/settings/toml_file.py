"""The settings file: its values taken over, mistakes named with their line, and what to warn of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import ConfigError
from talentimg.settings.options import BY_KEY, ProviderOption
from talentimg.settings.values import convert
from talentimg.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from talentimg.settings.options import Value

READABLE_BY_OTHERS: Final = 0o044
SECRET_WORDS: Final = re.compile(r"token|secret|key|password")
"""What the name of a provider's setting that holds a credential has in it."""
WHOLE_NUMBERS: Final = {"concurrency", "per_minute", "per_day"}
"""The settings of a provider that may be given as numbers."""


def read_file(
    file: Path,
    values: dict[str, Value],
    origins: dict[str, str],
    providers: dict[str, dict[str, ProviderOption]],
) -> tuple[str, ...]:
    """Take the file's values over; return what the operator should be warned of."""
    import tomllib  # noqa: PLC0415  most calls have no file to read: start-up time

    text = _file_text(file)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        place = f"{file}, line {where[1]}" if where else str(file)
        raise ConfigError(
            f"{place}: this is not TOML.", hint="Mend that line, or see `talentimg config` for an example."
        ) from None
    for key, value in _flatten(document):
        if key.startswith("providers."):
            _take_provider(file, text, key, value, providers)
            continue
        option = BY_KEY.get(key)
        if option is None:
            raise ConfigError(
                f"{_place(file, text, key)}: there is no setting {key!r}.{did_you_mean(key, BY_KEY)}",
                hint="`talentimg config` lists every setting.",
            )
        values[key] = convert(option, value, f"{_place(file, text, key)}, {key}")
        origins[key] = str(file)
    return _readable_secrets(file, values, origins, providers)


def _file_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"The config file {file} is not UTF-8 text.", hint="Save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError(
            f"The config file {file} cannot be read: {(error.strerror or 'no access').lower()}.",
            hint="Check its owner and mode.",
        ) from None


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            pairs += _flatten(value, f"{prefix}{key}.")
        else:
            pairs.append((prefix + key, value))
    return pairs


def _take_provider(
    file: Path, text: str, key: str, value: object, providers: dict[str, dict[str, ProviderOption]]
) -> None:
    name, _, rest = key.removeprefix("providers.").partition(".")
    place = _place(file, text, key)
    is_number = rest in WHOLE_NUMBERS and isinstance(value, int) and not isinstance(value, bool)
    if not rest or not (isinstance(value, str) or is_number):
        raise ConfigError(f"{place}: {key} has to be a text in quotes, under [providers.<name>].")
    providers.setdefault(name.lower(), {})[rest] = ProviderOption(str(value), place)


def _place(file: Path, text: str, key: str) -> str:
    """The file and the line on which a key stands. tomllib tells no positions, so we look."""
    section, _, name = key.rpartition(".")
    here = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            here = header[1].replace('"', "").replace(" ", "")
        elif (written := re.match(r"\s*([\w.\"-]+)\s*=", line)) and (
            ".".join(filter(None, (here, written[1].replace('"', "")))) == key
            or (here == section and written[1] == name)
        ):
            return f"{file}, line {number}"
    return str(file)


def _readable_secrets(
    file: Path,
    values: Mapping[str, Value],
    origins: Mapping[str, str],
    providers: Mapping[str, Mapping[str, ProviderOption]],
) -> tuple[str, ...]:
    """One warning when others on the machine can read a file that may hold a secret."""
    here = (key for options in providers.values() for key in options)
    secret = (
        any(SECRET_WORDS.search(key) for key in here)
        or (origins["database_url"] == str(file) and "@" in str(values["database_url"]))
        or (origins["ping_url"] == str(file) and bool(values["ping_url"]))
    )
    try:
        exposed = file.stat().st_mode & READABLE_BY_OTHERS
    except OSError:
        return ()
    if not (secret and exposed):
        return ()
    return (f"Other users can read {file}, and it may hold credentials: chmod 600 {file}",)
