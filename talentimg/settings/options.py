"""The table: every setting of the program, one row each.

A row is a field of `Settings`, with its name, type, default, purpose and limits. Everything
else follows from it: the name in the file and in the environment, the line in `talentimg config`,
and the reference page. The settings of a provider stand in its own `info.options`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg import __version__
from talentimg.settings.row import Form, option, option_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.settings.row import Option, Value


@dataclass(frozen=True, slots=True)
class ProviderOption:
    """A value that was given under `[providers.<name>]`, and where."""

    value: str | int = field(repr=False)
    origin: str


class SettingsWarning(NamedTuple):
    """What an operator should know of the settings although they work, and what to do."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its value. The name says the unit of a length of time; without one it is seconds.

    `load_settings` makes it, and works out the defaults that depend on the machine.
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
    direct_database_url: str = option(
        "",
        "The same database past a pooler, for `worker --engine procrastinate`. Empty: the same address.",
        masked="password",
    )
    app_talent_table: str = option(
        "",
        "How the app on Postgres calls its table of talents. Empty: Talent.",
    )
    app_user_table: str = option(
        "",
        "How it calls its table of users. Empty: User.",
    )
    app_account_table: str = option(
        "",
        "How it calls its table of accounts. Empty: SocialAccountConnection.",
    )
    app_columns: tuple[str, ...] = option(
        (),
        "How it calls columns, where otherwise: profileImageUrl=profile_image_url and so on.",
    )
    images_store: str = option(
        "",
        "Where pictures are kept: file://, s3://, gs:// or az://. Empty: `images` in the data folder.",
    )
    images_public_url: str = option(
        "",
        "Address at which browsers find these pictures; with `serve`, one that ends in /avatars."
        " Empty: the app is given the platform's own address.",
        form=Form(
            r"https?://[^\s/?#@]+(/[^\s?#]*)?",
            "a web address without @, ? and #",
            "https://pictures.example.com",
        ),
    )
    http_allow_private: tuple[str, ...] = option(
        (),
        "Private networks that pictures and pages may come from all the same (CIDR).",
    )
    http_timeout: float = option(
        20.0,
        "Seconds that one question to a platform may take, with all its tries.",
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
        "Bytes that a picture may have; a larger one is refused.",
        least=1_000,
        most=100_000_000,
    )
    http_user_agent: str = option(
        f"talentimg/{__version__}",
        "The User-Agent of every request.",
        form=Form(r"[!-~]([ -~]*[!-~])?", "one line of plain ASCII", "agency-bot/1.0"),
    )
    sync_order: tuple[str, ...] = option(
        (),
        "Platforms in order of priority. Those left out follow in the default order.",
    )
    sync_concurrency: int = option(
        50,
        "Pictures fetched at the same time. Ten times as many talents are worked on.",
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
        "Hours after a look at a talent until the next one is due.",
        most=100_000,
    )
    sync_grace_days: float = option(
        7.0,
        "Days without any answer after which a lower source may take over.",
        most=10_000,
    )
    sync_review: str = option(
        "off",
        "Changes that wait for a person: of the `source`, `visual` ones, or `all`, first pictures too.",
        choices=("off", "source", "visual", "all"),
    )
    sync_lease_minutes: float = option(
        10.0,
        "Minutes after which `sync-all` takes over the talents of another one that died.",
        least=0.01,
        most=1_440,
    )
    sync_wait_seconds: float = option(
        300.0,
        "Seconds that one `sync-all` waits, in all, for each platform that asks for a pause."
        " Whoever would have to wait longer is due later.",
        most=86_400,
    )
    sync_stop_seconds: float = option(
        8.0,
        "Seconds that a `sync-all` has to finish what is under way when it is told to stop.",
        most=3600,
    )
    sync_nice: int = option(
        10,
        "How far a `sync-all` stands back behind other programs of the machine that want its processors,"
        " as `nice` counts: 0 not at all, 19 the most.",
        most=19,
    )
    schedule_at: str = option(
        "02:00",
        "When a `worker` begins the night's run, in UTC. `never`: somebody else begins it.",
        form=Form(r"([01][0-9]|2[0-3]):[0-5][0-9]|never", "a time of the day, or never", "02:00"),
    )
    schedule_spread_minutes: float = option(
        0.0,
        "Minutes after `schedule.at` within which a `worker` begins the night's run, at a moment drawn anew"
        " each night.",
        most=720,
    )
    keep_grace_hours: float = option(
        24.0,
        "Hours that a file or a row stays after nobody needs it any more.",
        most=100_000,
    )
    keep_runs_days: float = option(
        90.0,
        "Days that the record of a run is kept.",
        least=1,
        most=100_000,
    )
    keep_history_days: float = option(
        400.0,
        "Days that is kept what was shown before and what people said, with the pictures to go back to.",
        least=1,
        most=100_000,
    )
    sync_floor_minutes: float = option(
        10.0,
        "Minutes after a look within which the app's own pages are told what is known, without another look.",
        most=100_000,
    )
    serve_host: str = option(
        "127.0.0.1",
        "Address at which `serve` listens. 0.0.0.0 is every one of this machine.",
        form=Form(r"[0-9A-Za-z.:%_-]+", "a host name or an address", "0.0.0.0"),  # noqa: S104  an example
    )
    serve_port: int = option(
        8000,
        "Port at which it listens. 0: any that is free.",
        most=65_535,
    )
    serve_root_path: str = option(
        "",
        "Path that a proxy in front of it takes away from the addresses that it passes on.",
        form=Form(r"(/[A-Za-z0-9._~-]+)+", "a path that begins with / and does not end in one", "/images"),
    )
    serve_workers: int = option(
        1,
        "Processes that serve. More than one only with the roster on Postgres.",
        least=1,
        most=64,
    )
    serve_proxies: tuple[str, ...] = option(
        (),
        "Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    )
    serve_origins: tuple[str, ...] = option(
        (),
        "Web addresses (https://app.example.com) whose pages may ask `serve` with the user's session.",
    )
    serve_public_url: str = option(
        "",
        "Address at which the app's pages find `serve`. Empty: they are given paths that begin with /api.",
        form=Form(
            r"https?://[^\s/?#@]+(/[^\s?#]*)?",
            "a web address without @, ? and #",
            "https://pictures.example.com",
        ),
    )
    serve_jwt_secret: str = option(
        "",
        "The app's JWT_SECRET: with it, the sessions of the app's own users are accepted.",
        masked="all",
    )
    connect_url: str = option(
        "",
        "Page of the agency on which a talent connects an account again: the link to send to them."
        " {talent} and {platform} in it become the id and the platform. Empty: no link is told.",
        form=Form(
            # What stands before the first /, ? or # decides where it leads: nothing is filled in there.
            r"(https://[^\s\x00-\x1f\x7f/?#@{}\\]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?)"
            r"([/?#]([^\s\x00-\x1f\x7f{}\\]|\{talent\}|\{platform\})*)?",
            "an https address (http only on this machine),"
            " with no other blanks to fill in after its host than {talent} and {platform}",
            "https://agency.example/connect?talent={talent}&platform={platform}",
        ),
    )
    ping_url: str = option(
        "",
        "Web address that is called at the start and the end of each `sync-all`.",
        form=Form(r"https?://[^\s/?#]\S*", "a web address", "https://hc-ping.com/your-uuid"),
        masked="all",
    )
    metrics_file: str = option(
        "",
        "File that is written at the end of each `sync-all`, in the Prometheus text format.",
        form=Form(
            r"[^\0]*[^/\0]\.prom",
            "a file whose name ends in .prom, as the node exporter reads no other",
            "/var/lib/node_exporter/talentimg.prom",
        ),
    )
    log_format: str = option(
        "text",
        "Format of the log lines.",
        choices=("text", "json"),
    )

    # The rest is no setting: what else was given, and where it was found.
    providers: Mapping[str, Mapping[str, ProviderOption]] = field(default_factory=dict, repr=False)
    config_file: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    """By key: the flag, variable or file that a value comes from, or `default`."""
    warnings: tuple[SettingsWarning, ...] = ()

    def value(self, of: Option) -> Value:
        """The value of one setting."""
        found: Value = getattr(self, of.name)
        return found


OPTIONS: Final[tuple[Option, ...]] = tuple(option_of(row) for row in fields(Settings) if row.metadata)
BY_KEY: Final = {option.key: option for option in OPTIONS}
