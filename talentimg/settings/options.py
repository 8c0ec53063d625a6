"""The table: every setting of the program, one row each.

`talentimg config` prints it, and the reference page is made from it. What a provider
reads stands in its own `info.options`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from talentimg import __version__

Value: TypeAlias = "str | int | float | tuple[str, ...]"

ENVIRONMENT_PREFIX: Final = "TALENTIMG_"


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
BY_KEY: Final = {option.key: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class ProviderOption:
    """One value given under `[providers.<name>]`, and where it was given."""

    value: str = field(repr=False)
    origin: str
