"""The nightly run as a scheduler is told it, worked out from the settings; and the places for it."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from talentimg import __version__
from talentimg.bootstrap.settings_shown import shown_settings
from talentimg.errors import UsageError
from talentimg.repository.urls import MASK, POSTGRES, kind_of, sqlite_path
from talentimg.schedule import elsewhere
from talentimg.schedule.job import USUAL, Job, minutes_of
from talentimg.schedule.places import LINGERING, SYSTEM, Crontab, Systemd
from talentimg.store.variables import of_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.schedule.interface import Place
    from talentimg.settings import Settings

HERE: Final = ("crontab", "systemd")
"""Forms that can be installed on this machine."""
ELSEWHERE: Final[dict[str, Callable[[Job], str]]] = {
    "github": elsewhere.github,
    "gitlab": elsewhere.gitlab,
    "kubernetes": elsewhere.kubernetes,
}
"""Forms that belong into a repository or a cluster."""
_OF_THIS_MACHINE: Final = {"data_dir", "metrics_file"}
_FLAGS_PASSED_ON: Final = {"data_dir": "--data-dir"}


def job_of(settings: Settings, at: str | None = None) -> Job:
    """The nightly run with these settings.

    Args:
        settings: those of this call.
        at: the time of the day in UTC; otherwise that of the settings, else 02:00.

    Raises:
        UsageError: it is no time of the day.
        ConfigError: the settings cannot work.
    """
    clock = at or (settings.schedule_at if settings.schedule_at != "never" else None)
    shown = [one for one in shown_settings(settings) if one.origin != "default"]
    told = [one for one in shown if one.key not in _OF_THIS_MACHINE and not one.key.startswith("serve.")]
    secret = [one.variable for one in told if MASK in one.value or one.key == "database_url"]
    store = of_store(settings.images_store)
    reached_by = [name for name in (*store.secret, *store.plain) if os.environ.get(name)]
    return Job(
        program=_program(),
        options=tuple(_options(settings)),
        at=minutes_of(clock) if clock else USUAL,
        version=__version__,
        needs=tuple(_extras(settings)),
        values={one.variable: one.value for one in told if one.variable not in secret}
        | {name: os.environ[name] for name in reached_by if name in store.plain},
        secrets=(*secret, *store.needed, *(name for name in reached_by if name in store.secret)),
        of_this_shell=tuple(name for name in (*store.needed, *reached_by) if os.environ.get(name)),
        writes_to=tuple(dict.fromkeys(_folders(settings))),
    )


def only_here(settings: Settings) -> list[str]:
    """Variables of this shell, and flags, by which settings were given that a scheduler knows nothing of."""
    passed_on = set(_FLAGS_PASSED_ON.values())
    origins = dict.fromkeys(one.origin for one in shown_settings(settings))
    file = str(settings.config_file)
    return [one for one in origins if one not in {"default", file, *passed_on} and not one.startswith(file)]


def place_of(form: str, *, system: bool) -> Place:
    """Where a form is put on this machine.

    Raises:
        UsageError: it is none of this machine's.
    """
    if form == "crontab":
        return Crontab()
    if form == "systemd":
        return Systemd(SYSTEM, user=_owner()) if system else Systemd(_user_units(), lingers=LINGERING / _me())
    raise UsageError(
        f"{form} is not set up from here.", hint="Put what is printed into your repository or cluster."
    )


def _program() -> tuple[str, ...]:
    """By the path that was called, since a link stays when a version goes."""
    called = Path(sys.argv[0])
    if called.name == "talentimg" and (path := shutil.which(str(called))):
        return (str(Path(path).absolute()),)
    return (sys.executable, "-m", "talentimg")


def _options(settings: Settings) -> Iterator[str]:
    if settings.config_file is not None:
        yield from ("--config", str(settings.config_file.absolute()))
    for key, flag in _FLAGS_PASSED_ON.items():
        if settings.origins[key] == flag:
            yield from (flag, str(settings.data_dir.absolute()))


def _extras(settings: Settings) -> Iterator[str]:
    if kind_of(settings.database_url) == POSTGRES:
        yield "postgres"


def _folders(settings: Settings) -> Iterator[str]:
    if kind_of(settings.database_url) != POSTGRES:
        yield str(sqlite_path(settings.database_url).parent)
    if settings.images_store.startswith("file:"):
        yield settings.images_store.removeprefix("file://")
    if settings.metrics_file:
        yield str(Path(settings.metrics_file).absolute().parent)


def _owner() -> str:
    """Who the system's service runs as: whoever called sudo, and not root if that can be helped."""
    return os.environ.get("SUDO_USER") or _me()


def _me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _user_units() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "systemd" / "user"
