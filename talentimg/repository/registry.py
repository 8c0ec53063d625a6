"""Which backend a database URL stands for: one line for each, imported only when it is chosen."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from talentimg.errors import ConfigError
from talentimg.repository.app_names import AS_OURS
from talentimg.repository.urls import URL_HINT, kind_of, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.profiles import Profiles
    from talentimg.repository.interface.serving import Serving
    from talentimg.repository.interface.working import Working
    from talentimg.repository.moving.interface import TableStore

__all__ = [
    "load",
    "open_profiles",
    "open_repository",
    "open_serving",
    "open_tables",
    "open_working",
    "sqlite_path",
]

_BACKENDS = {
    "sqlite": "talentimg.repository.sqlite.repository",
    "postgres": "talentimg.repository.postgres.repository",
    "memory": "talentimg.repository.memory.repository",
}
_SERVING = {
    "sqlite": "talentimg.repository.sqlite.serving",
    "postgres": "talentimg.repository.postgres.serving",
}
_WORKING = {
    "sqlite": "talentimg.repository.sqlite.working",
    "postgres": "talentimg.repository.postgres.working",
}
_MOVING = {
    "sqlite": "talentimg.repository.sqlite.moving",
    "postgres": "talentimg.repository.postgres.moving",
}
_PROFILES = {
    "sqlite": "talentimg.repository.sqlite.profiles",
    "postgres": "talentimg.repository.postgres.profiles",
}


def open_repository(
    url: str, *, create: bool = False, read_only: bool = False, names: AppNames = AS_OURS
) -> Repository:
    """Open the repository that a database URL names.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://...` in any of the
            forms that `postgres/urls.py` knows, or `memory:` for one that starts empty, is private
            to the caller, and is gone when closed.
        create: Make the store if there is none yet. A Postgres database is never made this way.
        read_only: Promise not to write; then a store of a newer version can be read, too.
        names: What the app on Postgres calls its tables and columns.

    Raises:
        ConfigError: the URL is not one that we support, or the driver is not installed.
        StoreNotFound: there is no store, and `create` is False.
        SchemaOutdated: a database that is not only ours needs `talentimg migrate`.
        StoreUnavailable: the database does not answer.
    """
    kind = kind_of(url)
    if kind not in _BACKENDS:
        raise ConfigError(f"A roster cannot be kept in a database of the kind {kind}.", hint=URL_HINT)
    repository: Repository = load(_BACKENDS[kind]).open_url(
        url, create=create, read_only=read_only, names=names
    )
    return repository


def open_profiles(url: str, names: AppNames = AS_OURS) -> Profiles:
    """Open what is shown in a store that is there, with connections of its own beside those of a repository.

    Raises:
        ConfigError: the URL is not one of a store that several can open, or the driver is not installed.
        StoreNotFound: there is no store.
        SchemaOutdated: it needs `talentimg migrate`.
        StoreUnavailable: the database does not answer.
    """
    profiles: Profiles = load(_served(_PROFILES, url)).open_profiles(url, names)
    return profiles


def open_serving(url: str, names: AppNames = AS_OURS) -> Serving:
    """Open what only the server writes, in a store that is there.

    Raises:
        TalentimgError: as with `open_profiles`.
    """
    serving: Serving = load(_served(_SERVING, url)).open_serving(url, names)
    return serving


def open_working(url: str, names: AppNames = AS_OURS) -> Working:
    """Open what only workers write, in a store that is there.

    Raises:
        TalentimgError: as with `open_profiles`.
    """
    working: Working = load(_served(_WORKING, url)).open_working(url, names)
    return working


def open_tables(
    url: str, names: AppNames = AS_OURS, *, create: bool = False, read_only: bool = False
) -> TableStore:
    """Open the tables of a store as they are, to move them.

    Args:
        url: the store.
        names: what the app on Postgres calls its tables and columns.
        create: make the file if there is none yet. A Postgres database is never made this way.
        read_only: promise not to write.

    Raises:
        ConfigError: the URL is not one of a store that lasts, or the driver is not installed.
        StoreNotFound: there is no store, and `create` is False.
        SchemaOutdated: it needs `talentimg migrate`.
        StoreUnavailable: the database does not answer.
    """
    kind = kind_of(url)
    if kind not in _MOVING:
        raise ConfigError(f"A roster of the kind {kind} cannot be moved.", hint=URL_HINT)
    tables: TableStore = load(_MOVING[kind]).open_tables(url, names, create=create, read_only=read_only)
    return tables


def _served(modules: Mapping[str, str], url: str) -> str:
    kind = kind_of(url)
    if kind not in modules:
        raise ConfigError(f"A roster of the kind {kind} cannot be served.", hint=URL_HINT)
    return modules[kind]


def load(module: str) -> ModuleType:
    """Import a module that is loaded only when it is chosen.

    Raises:
        ConfigError: its driver is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        # Without its binaries psycopg raises an error that names no module.
        if (error.name or "psycopg").partition(".")[0] != "psycopg":
            raise
        raise ConfigError(
            "The driver for Postgres is not installed.",
            hint="Install it with: pip install 'talentimg[postgres]'",
        ) from None
