"""Flags, environment and file become one frozen `Settings`, read once.

A flag wins over the environment (`TALENTIMG_*`), that over the file (TOML), that over the
default. `OPTIONS` is the whole table: `talentimg config` prints it, and the
reference page is made from it. What a provider reads stands in its own
`info.options` and arrives here unjudged, as `providers.<name>.<key>`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from talentimg import __version__
from talentimg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value: TypeAlias = "str | int | float | tuple[str, ...]"

ENVIRONMENT_PREFIX: Final = "TALENTIMG_"
CONFIG_VARIABLE: Final = "TALENTIMG_CONFIG"
PROVIDER_VARIABLE: Final = re.compile(r"TALENTIMG_PROVIDERS_([A-Z0-9]+)_([A-Z0-9_]+)")
READABLE_BY_OTHERS: Final = 0o044
SECRET_WORDS: Final = re.compile(r"token|secret|key|password")
"""What the name of a provider's setting that holds a credential has in it."""
WHOLE_NUMBERS: Final = {"concurrency", "per_minute", "per_day"}
"""The settings of a provider that may be given as numbers."""


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its name in the file, its kind, its default and what it is for."""

    key: str
    kind: Literal["text", "whole", "number", "list"]
    default: Value
    help: str
    least: float = 0
    most: float = 10_000_000
    choices: tuple[str, ...] = ()
    secret: bool = False
    """Whether the value may hold a password: it is masked wherever it is shown."""

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return ENVIRONMENT_PREFIX + self.key.upper().replace(".", "_")


OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        "data_dir",
        "text",
        "",
        "Folder of the embedded store and the pictures. Empty: the user's data folder.",
    ),
    Option(
        "database_url",
        "text",
        "",
        "Where the roster is kept. Empty: DATABASE_URL, else SQLite in the data folder.",
        secret=True,
    ),
    Option(
        "images.store",
        "text",
        "",
        "Where pictures are kept: file://, s3://, gs:// or az://. Empty: `images` in the data folder.",
    ),
    Option(
        "images.public_url",
        "text",
        "",
        "Where browsers find that store. Empty: the app is given the platform's own address.",
    ),
    Option(
        "http.allow_private",
        "list",
        (),
        "Networks that pictures and pages may come from though they are private (CIDR).",
    ),
    Option(
        "http.timeout",
        "number",
        20.0,
        "Seconds that one question to a platform may take, tries included.",
        least=0.1,
        most=3600,
    ),
    Option(
        "http.picture_timeout", "number", 20.0, "Seconds that one picture may take.", least=0.1, most=3600
    ),
    Option(
        "http.max_picture_bytes",
        "whole",
        10_000_000,
        "Bytes after which a picture is refused.",
        least=1_000,
        most=100_000_000,
    ),
    Option("http.user_agent", "text", f"talentimg/{__version__}", "How we introduce ourselves to platforms."),
    Option(
        "sync.order",
        "list",
        (),
        "Platforms in order of priority; those left out follow in the default order.",
    ),
    Option(
        "sync.concurrency",
        "whole",
        50,
        "Pictures fetched at the same time; ten times as many talents are under way.",
        least=1,
        most=1_000,
    ),
    Option("sync.limit", "whole", 200, "Talents that one `sync-all` takes at most.", least=1),
    Option(
        "sync.min_age_hours", "number", 24.0, "Hours after a look before the next one is due.", most=100_000
    ),
    Option(
        "sync.grace_days",
        "number",
        7.0,
        "Days without any answer after which a lower source may take over.",
        most=10_000,
    ),
    Option(
        "sync.lease_minutes",
        "number",
        10.0,
        "Minutes after which `sync-all` takes over the talents of one that died.",
        least=0.01,
    ),
    Option(
        "sync.wait_seconds",
        "number",
        300.0,
        "Seconds that one `sync-all` waits, in all, for each platform that asks for a pause."
        " Whoever would have to wait longer is due later.",
        most=86_400,
    ),
    Option(
        "sync.stop_seconds",
        "number",
        8.0,
        "Seconds that a `sync-all` that is told to stop has to finish what is under way.",
        most=3600,
    ),
    Option("ping_url", "text", "", "Told of the start and the end of each `sync-all`.", secret=True),
    Option(
        "metrics_file",
        "text",
        "",
        "Written at the end of each `sync-all`, in the Prometheus text format.",
    ),
    Option("log.format", "text", "text", "Form of the log lines.", choices=("text", "json")),
)
_BY_KEY: Final = {option.key: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class ProviderOption:
    """One value given under `[providers.<name>]`, and where it was given."""

    value: str = field(repr=False)
    origin: str


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
        warnings = _read_file(file, values, origins, providers)
    _read_environment(environment, values, origins, providers)
    for key, value in (flags or {}).items():
        if value is not None:
            flag = "--" + re.sub(r"[._]", "-", key)
            values[key], origins[key] = _convert(_BY_KEY[key], value, flag), flag
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


# -- the environment ---------------------------------------------------------------


def _read_environment(
    environment: Mapping[str, str],
    values: dict[str, Value],
    origins: dict[str, str],
    providers: dict[str, dict[str, ProviderOption]],
) -> None:
    for option in OPTIONS:
        if text := environment.get(option.variable):
            values[option.key] = _convert(option, text, option.variable)
            origins[option.key] = option.variable
    # The app's own variable: those who move over have it set already.
    if environment.get("DATABASE_URL") and not environment.get("TALENTIMG_DATABASE_URL"):
        values["database_url"] = environment["DATABASE_URL"]
        origins["database_url"] = "DATABASE_URL"
    for variable, text in environment.items():
        if text and (match := PROVIDER_VARIABLE.fullmatch(variable)):
            name, key = match[1].lower(), match[2].lower()
            providers.setdefault(name, {})[key] = ProviderOption(text, variable)


# -- the file ------------------------------------------------------------------------


def _read_file(
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
        option = _BY_KEY.get(key)
        if option is None:
            raise ConfigError(
                f"{_place(file, text, key)}: there is no setting {key!r}.{_did_you_mean(key)}",
                hint="`talentimg config` lists every setting.",
            )
        values[key] = _convert(option, value, f"{_place(file, text, key)}, {key}")
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


def _did_you_mean(key: str) -> str:
    import difflib  # noqa: PLC0415  only when something is wrong

    near = difflib.get_close_matches(key, _BY_KEY, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


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


# -- values ----------------------------------------------------------------------------


def _convert(option: Option, value: object, place: str) -> Value:
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
