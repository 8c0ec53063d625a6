"""Which backend a database URL stands for: one line for each scheme, loaded only when chosen."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from talentimg.errors import ConfigError
from talentimg.repository.urls import scheme_of, sqlite_path

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

__all__ = ["open_repository", "sqlite_path"]

_BACKENDS = {
    "sqlite": "talentimg.repository.sqlite",
    "memory": "talentimg.repository.memory",
}


def open_repository(url: str, *, create: bool = False, read_only: bool = False) -> Repository:
    """Open the repository that a database URL names.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db`, or `memory:` for one that is
            empty, private to the caller and gone when closed.
        create: Make the store if there is none yet.
        read_only: Promise not to write; then a store of a newer version can be read as well.

    Raises:
        ConfigError: the URL is not one that we can use.
        NoStore: there is no store, and `create` was not asked for.
    """
    scheme = scheme_of(url)
    if scheme not in _BACKENDS:
        raise ConfigError(
            f"No roster can be kept in a database of the kind {scheme}.",
            hint="Write the URL like this: sqlite:////absolute/path/to/roster.db",
        )
    module = import_module(_BACKENDS[scheme])
    repository: Repository = module.open_url(url, create=create, read_only=read_only)
    return repository
