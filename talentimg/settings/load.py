"""A flag wins over the environment (`TALENTIMG_*`), that over the file (TOML), that over the default.

What a provider reads arrives here unjudged, as `providers.<name>.<key>`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import ConfigError
from talentimg.settings.options import BY_KEY, OPTIONS, ProviderOption
from talentimg.settings.toml_file import read_file
from talentimg.settings.values import convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.settings.options import Value

CONFIG_VARIABLE: Final = "TALENTIMG_CONFIG"
PROVIDER_VARIABLE: Final = re.compile(r"TALENTIMG_PROVIDERS_([A-Z0-9]+)_([A-Z0-9_]+)")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with every default filled in. Lengths of time are in the unit named."""

    data_dir: Path
    database_url: str = field(repr=False)
    images_store: str
    images_public_url: str
    http_allow_private: tuple[str, ...]
    http_timeout: float
    http_picture_timeout: float
    http_max_picture_bytes: int
    http_user_agent: str
    sync_order: tuple[str, ...]
    sync_concurrency: int
    sync_limit: int
    sync_min_age_hours: float
    sync_grace_days: float
    sync_lease_minutes: float
    sync_wait_seconds: float
    sync_stop_seconds: float
    ping_url: str = field(repr=False)
    metrics_file: str
    log_format: str
    providers: Mapping[str, Mapping[str, ProviderOption]] = field(default_factory=dict, repr=False)
    config_file: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    """By key: the flag, variable or file that the value came from, or `default`."""
    warnings: tuple[str, ...] = ()

    def value(self, key: str) -> Any:  # noqa: ANN401  its kind is the option's
        """The value of a setting by its key in the file."""
        return getattr(self, key.replace(".", "_"))


def load_settings(
    *,
    flags: Mapping[str, Value | None] | None = None,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read every source of settings once.

    Args:
        flags: values from the command line by key; None means not given.
        config: the file to read; otherwise `TALENTIMG_CONFIG`, else the user's config folder.
        environment: stands in for `os.environ`.

    Raises:
        ConfigError: a file that cannot be read, an unknown key, or a value of the wrong kind.
    """
    environment = os.environ if environment is None else environment
    file = _config_file(config, environment)
    values: dict[str, Value] = {option.key: option.default for option in OPTIONS}
    origins = dict.fromkeys(values, "default")
    providers: dict[str, dict[str, ProviderOption]] = {}
    warnings: tuple[str, ...] = ()
    if file is not None:
        warnings = read_file(file, values, origins, providers)
    _read_environment(environment, values, origins, providers)
    for key, value in (flags or {}).items():
        if value is not None:
            flag = "--" + re.sub(r"[._]", "-", key)
            values[key], origins[key] = convert(BY_KEY[key], value, flag), flag
    _fill_in(values)
    fields: dict[str, Any] = {key.replace(".", "_"): value for key, value in values.items()}
    fields["data_dir"] = Path(fields["data_dir"])
    return Settings(
        **fields,
        providers=providers,
        config_file=file,
        origins=origins,
        warnings=warnings,
    )


def config_file_path() -> Path:
    """Where the file is looked for when nobody says otherwise."""
    import platformdirs  # noqa: PLC0415  not needed when a path is given, and not free to import

    return Path(platformdirs.user_config_dir("talentimg", appauthor=False)) / "config.toml"


def _config_file(given: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The file to read: one that was named must be there, the usual one may be missing."""
    named = given or (Path(path) if (path := environment.get(CONFIG_VARIABLE)) else None)
    if named is None:
        usual = config_file_path()
        return usual if usual.exists() else None
    if not named.exists():
        raise ConfigError(
            f"The config file {named} does not exist.",
            hint=f"Check --config and {CONFIG_VARIABLE}, or make the file: see `talentimg config`.",
        )
    return named


def _fill_in(values: dict[str, Value]) -> None:
    """Work out the defaults that follow from other settings."""
    if not values["data_dir"]:
        import platformdirs  # noqa: PLC0415  not needed when a folder is given, and not free to import

        values["data_dir"] = platformdirs.user_data_dir("talentimg", appauthor=False)
    try:
        folder = Path(str(values["data_dir"])).expanduser().absolute()
    except (OSError, RuntimeError):  # the working folder is gone, or there is no home
        raise ConfigError(
            "The data folder cannot be worked out from here.", hint="Give --data-dir an absolute path."
        ) from None
    values["data_dir"] = str(folder)
    values["database_url"] = values["database_url"] or f"sqlite:///{folder / 'talentimg.db'}"
    values["images.store"] = values["images.store"] or (folder / "images").as_uri()
    if not re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?", str(values["http.user_agent"])):
        raise ConfigError(
            "http.user_agent has to be one line of plain ASCII.", hint="Like this: agency-bot/1.0"
        )
    values["images.public_url"] = _web_address(str(values["images.public_url"]).rstrip("/"))
    if values["ping_url"] and not re.match(r"https?://[^\s/?#]", str(values["ping_url"])):
        raise ConfigError(
            "ping_url is not an address of the web.", hint="Like this: https://hc-ping.com/your-uuid"
        )


def _web_address(text: str) -> str:
    if text and not re.match(r"https?://[^\s/?#@]+(/[^\s?#]*)?$", text):
        raise ConfigError(
            "images.public_url is not an address of the web.", hint="Like this: https://pictures.example.com"
        )
    return text


def _read_environment(
    environment: Mapping[str, str],
    values: dict[str, Value],
    origins: dict[str, str],
    providers: dict[str, dict[str, ProviderOption]],
) -> None:
    for option in OPTIONS:
        if text := environment.get(option.variable):
            values[option.key] = convert(option, text, option.variable)
            origins[option.key] = option.variable
    # The app's own variable: those who move over have it set already.
    if environment.get("DATABASE_URL") and not environment.get("TALENTIMG_DATABASE_URL"):
        values["database_url"] = environment["DATABASE_URL"]
        origins["database_url"] = "DATABASE_URL"
    for variable, text in environment.items():
        if text and (match := PROVIDER_VARIABLE.fullmatch(variable)):
            name, key = match[1].lower(), match[2].lower()
            providers.setdefault(name, {})[key] = ProviderOption(text, variable)
