"""Runs the migrations: Alembic without an ini file, under a lock that other migrators wait for."""

from __future__ import annotations

from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from talentimg.errors import ConfigError
from talentimg.repository.migrations.revisions import BASE, HEAD, REVISIONS, ahead
from talentimg.repository.migrations.store import MigrationStatus
from talentimg.repository.registry import load
from talentimg.repository.urls import URL_HINT, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from talentimg.repository.migrations.store import Store


_STORES = {
    "sqlite": "talentimg.repository.migrations.sqlite_store",
    "postgres": "talentimg.repository.migrations.postgres_store",
}


def status(url: str) -> MigrationStatus:
    """The status of a store."""
    current, _ = _open(url).state()
    if current is not None and current not in REVISIONS:
        return MigrationStatus(current, HEAD, ())
    steps = ScriptDirectory.from_config(configuration()).iterate_revisions(HEAD, current or BASE)
    pending = [f"{step.revision}: {step.doc}" for step in steps]
    return MigrationStatus(current, HEAD, tuple(reversed(pending)))


def upgrade(url: str, to: str) -> None:
    """Migrate up to a version."""
    store = _open(url)
    if _is_below(_known_version(store), to):
        with store.migrating(down=False) as connection:
            if _is_below(store.version_in(connection), to):
                command.upgrade(configuration(connection), to)


def downgrade(url: str, to: str) -> None:
    """Migrate down to a version."""
    store = _open(url)
    if _is_below(to, _existing_version(store)):
        with store.migrating(down=True) as connection:
            if _is_below(to, store.version_in(connection)):
                command.downgrade(configuration(connection, to_base=to == BASE), to)


def upgrade_sql(url: str, to: str) -> str:
    """The SQL that `upgrade` would run, and the grants that the role lacks."""
    store = _open(url)
    grants = store.grants()
    if store.is_closed():
        return _script(store, "", grants)
    current = _known_version(store)
    if not _is_below(current, to):
        return _script(store, "", grants)
    with _printing(store, to) as (config, output):
        command.upgrade(config, f"{current}:{to}" if current else to, sql=True)
    return _script(store, output.getvalue(), grants)


def downgrade_sql(url: str, to: str) -> str:
    """The SQL that `downgrade` would run."""
    store = _open(url)
    current = _existing_version(store)
    if not _is_below(to, current):
        return ""
    with _printing(store, to) as (config, output):
        command.downgrade(config, f"{current}:{to}", sql=True)
    return _script(store, output.getvalue())


def configuration(
    connection: Connection | None = None, *, to_base: bool = False, output: StringIO | None = None
) -> Config:
    """What Alembic would read from its ini file, and what `env.py` needs."""
    config = Config(output_buffer=output)
    # Values of an ini file are interpolated, so percent signs in the path have to be doubled.
    config.set_main_option("script_location", str(Path(__file__).parent.absolute()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["to_base"] = to_base
    return config


def _open(url: str) -> Store:
    kind = kind_of(url)
    if kind not in _STORES:
        raise ConfigError(f"A database of the kind {kind} has no schema.", hint=URL_HINT)
    store: Store = load(_STORES[kind]).open_store(url)
    return store


@contextmanager
def _printing(store: Store, to: str) -> Iterator[tuple[Config, StringIO]]:
    """A configuration in which steps look at the store and print their statements to the output."""
    output = StringIO()
    with store.looking() as connection:
        yield configuration(connection, to_base=to == BASE, output=output), output


def _script(store: Store, statements: str, grants: str = "") -> str:
    parts = [statements.strip(), grants and f"-- The rights that this role lacks.\n{grants}"]
    body = "\n\n".join(filter(None, parts))
    return f"{store.script_begin}\n\n{body}\n\nCOMMIT;\n" if body else ""


def _is_below(one: str | None, other: str | None) -> bool:
    return _rank(one) < _rank(other)


def _rank(version: str | None) -> int:
    return 0 if version in (None, BASE) else 1 + REVISIONS.index(version)


def _known_version(store: Store) -> str | None:
    version, _ = store.state()
    if version is not None and version not in REVISIONS:
        raise ahead(store.place, version)
    return version


def _existing_version(store: Store) -> str | None:
    _, there = store.state()
    if not there:
        raise store.nothing_there()
    return _known_version(store)
