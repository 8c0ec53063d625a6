"""The table: every setting of the program, one row each.

A row is a field of `Settings`: its name and type stand in front, its default, what it is
for and what it may be behind. The name in the file, the variable, what `talentimg config`
shows and the reference page follow from it. What a provider reads stands in its own `info.options`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from talentimg import __version__
from talentimg.settings.row import Form, option, option_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.settings.row import Option, Value


@dataclass(frozen=True, slots=True)
class ProviderOption:
    """One value given under `[providers.<name>]`, and where it was given."""

    value: str | int = field(repr=False)
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Lengths of time are in the unit named.

    Made by `load_settings`, which also works out the defaults that depend on the machine.
    """

    data_dir: Path = option(  # noqa: RUF009  it makes a field, and a path is frozen
        Path(),
        "Folder of the embedded store and the pictures. Empty: the user's data folder.",
    )
    database_url: str = option(
        "",
        "Where the roster is kept. Empty: DATABASE_URL, else SQLite in the data folder.",
        masked="password",
    )
    images_store: str = option(
        "",
        "Where pictures are kept: file://, s3://, gs:// or az://. Empty: `images` in the data folder.",
    )
    images_public_url: str = option(
        "",
        "Where browsers find that store. Empty: the app is given the platform's own address.",
        form=Form(
            r"https?://[^\s/?#@]+(/[^\s?#]*)?",
            "a web address without @, ? and #",
            "https://pictures.example.com",
        ),
    )
    http_allow_private: tuple[str, ...] = option(
        (),
        "Networks that pictures and pages may come from though they are private (CIDR).",
    )
    http_timeout: float = option(
        20.0,
        "Seconds that one question to a platform may take, tries included.",
        least=0.1,
        most=3600,
    )
    http_picture_timeout: float = option(
        20.0,
        "Seconds that one picture may take.",
        least=0.1,
        most=3600,
    )
    http_max_picture_bytes: int = option(
        10_000_000,
        "Bytes after which a picture is refused.",
        least=1_000,
        most=100_000_000,
    )
    http_user_agent: str = option(
        f"talentimg/{__version__}",
        "How we introduce ourselves to platforms.",
        form=Form(r"[!-~]([ -~]*[!-~])?", "one line of plain ASCII", "agency-bot/1.0"),
    )
    sync_order: tuple[str, ...] = option(
        (),
        "Platforms in order of priority; those left out follow in the default order.",
    )
    sync_concurrency: int = option(
        50,
        "Pictures fetched at the same time; ten times as many talents are under way.",
        least=1,
        most=1_000,
    )
    sync_limit: int = option(
        200,
        "Talents that one `sync-all` takes at most.",
        least=1,
    )
    sync_min_age_hours: float = option(
        24.0,
        "Hours after a look before the next one is due.",
        most=100_000,
    )
    sync_grace_days: float = option(
        7.0,
        "Days without any answer after which a lower source may take over.",
        most=10_000,
    )
    sync_lease_minutes: float = option(
        10.0,
        "Minutes after which `sync-all` takes over the talents of one that died.",
        least=0.01,
    )
    sync_wait_seconds: float = option(
        300.0,
        "Seconds that one `sync-all` waits, in all, for each platform that asks for a pause."
        " Whoever would have to wait longer is due later.",
        most=86_400,
    )
    sync_stop_seconds: float = option(
        8.0,
        "Seconds that a `sync-all` that is told to stop has to finish what is under way.",
        most=3600,
    )
    ping_url: str = option(
        "",
        "Told of the start and the end of each `sync-all`.",
        form=Form(r"https?://[^\s/?#]\S*", "a web address", "https://hc-ping.com/your-uuid"),
        masked="all",
    )
    metrics_file: str = option(
        "",
        "Written at the end of each `sync-all`, in the Prometheus text format.",
    )
    log_format: str = option(
        "text",
        "Form of the log lines.",
        choices=("text", "json"),
    )

    # What no row says.
    providers: Mapping[str, Mapping[str, ProviderOption]] = field(default_factory=dict, repr=False)
    config_file: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    """By key: the flag, variable or file that the value came from, or `default`."""
    warnings: tuple[str, ...] = ()

    def value(self, of: Option) -> Value:
        """The value of one setting."""
        found: Value = getattr(self, of.name)
        return found


OPTIONS: Final[tuple[Option, ...]] = tuple(option_of(row) for row in fields(Settings) if row.metadata)
BY_KEY: Final = {option.key: option for option in OPTIONS}
