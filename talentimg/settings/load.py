"""Reads the settings: flags win over the environment, that over the file, that over the defaults.

Settings of providers are passed on unchecked: see `providers/settings.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import ConfigError
from talentimg.settings.folders import config_file_path, data_folder
from talentimg.settings.given import Given
from talentimg.settings.options import BY_KEY, OPTIONS, Settings
from talentimg.settings.toml_file import is_there, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.settings.row import Value

CONFIG_VARIABLE: Final = "TALENTIMG_CONFIG"
PROVIDER_VARIABLE: Final = re.compile(r"TALENTIMG_PROVIDERS_([A-Z0-9]+)_([A-Z0-9_]+)")


def load_settings(
    *,
    flags: Mapping[str, Value | None] | None = None,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read every source of settings once.

    Args:
        flags: values from the command line, by key; None means not given.
        config: the file to read; otherwise `TALENTIMG_CONFIG`, else the user's config folder.
        environment: stands in for `os.environ`.

    Raises:
        ConfigError: the file cannot be read, a key is unknown, or a value is wrong.
    """
    environment = os.environ if environment is None else environment
    file = _config_file(config, environment)
    given = Given()
    warnings = read_file(file, given) if file is not None else ()
    _read_environment(environment, given)
    for key, value in (flags or {}).items():
        if value is not None:
            # The options of `serve` do not repeat its name.
            flag = re.sub(r"[._]", "-", key.removeprefix("serve."))
            given.take(BY_KEY[key], value, f"--{flag}")
    _fill_in(given.values)
    values: dict[str, Any] = {BY_KEY[key].name: value for key, value in given.values.items()}
    return Settings(
        **values,
        providers=given.providers,
        config_file=file,
        origins=dict.fromkeys(BY_KEY, "default") | given.origins,
        warnings=warnings,
    )


def _config_file(given: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The file to read. One that was named has to exist; the usual one may be missing."""
    named = given or (Path(path) if (path := environment.get(CONFIG_VARIABLE)) else None)
    if named is None:
        usual = config_file_path()
        return usual if usual is not None and is_there(usual) else None
    if not is_there(named):
        raise ConfigError(
            f"The config file {named} does not exist.",
            hint=f"Check --config and {CONFIG_VARIABLE}, or make the file: it may be empty.",
        )
    return named


def _fill_in(values: dict[str, Value]) -> None:
    """Work out the defaults that depend on the machine or follow from other settings."""
    values["images.public_url"] = str(values.get("images.public_url") or "").rstrip("/")
    origins = values.get("serve.origins")
    if isinstance(origins, tuple):  # as browsers write them
        values["serve.origins"] = tuple(origin.rstrip("/").lower() for origin in origins)
    values["serve.public_url"] = str(values.get("serve.public_url") or "").rstrip("/")
    given = str(values.get("data_dir") or "")
    if not given and values.get("database_url") and values.get("images.store"):
        return  # nothing is kept in it, and not everybody has one
    folder = data_folder(given)
    values["data_dir"] = folder
    values["database_url"] = values.get("database_url") or f"sqlite:///{folder / 'talentimg.db'}"
    values["images.store"] = values.get("images.store") or (folder / "images").as_uri()


def _read_environment(environment: Mapping[str, str], given: Given) -> None:
    # The app's own variable: it is set already wherever the app runs. Ours is read later, so it wins.
    if text := environment.get("DATABASE_URL"):
        given.take(BY_KEY["database_url"], text, "DATABASE_URL")
    for option in OPTIONS:
        if text := environment.get(option.variable):
            given.take(option, text, option.variable)
    for variable, text in environment.items():
        if text and (match := PROVIDER_VARIABLE.fullmatch(variable)):
            given.take_provider(match[1], match[2].lower(), text, variable)
