"""Runs the steps: Alembic without an ini file, under a lock that another migrator waits for."""

from __future__ import annotations

from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from talentimg.repository import sqlite_file
from talentimg.repository.migrations import BASE, HEAD, REVISIONS, MigrationStatus, ahead
from talentimg.repository.migrations.connections import looking, migrating, sqlite_engine, translated
from talentimg.repository.urls import sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


def status(url: str) -> MigrationStatus:
    """See `migrations.status`."""
    current = sqlite_file.look(sqlite_path(url)).version
    if current is not None and current not in REVISIONS:
        return MigrationStatus(current, HEAD, ())
    steps = ScriptDirectory.from_config(configuration()).iterate_revisions(HEAD, current or BASE)
    pending = [f"{step.revision}: {step.doc}" for step in steps]
    return MigrationStatus(current, HEAD, tuple(reversed(pending)))


def upgrade(url: str, to: str) -> None:
    """See `migrations.upgrade`."""
    path = sqlite_path(url)
    _known_version(path)
    if to != BASE:
        sqlite_file.make(path)
        with translated(path), migrating(sqlite_engine(path)) as connection:
            command.upgrade(configuration(connection), to)


def downgrade(url: str, to: str) -> None:
    """See `migrations.downgrade`."""
    path = sqlite_path(url)
    if _is_below(to, _existing_version(path)):
        with translated(path), migrating(sqlite_engine(path)) as connection:
            command.downgrade(configuration(connection, to_base=to == BASE), to)


def upgrade_sql(url: str, to: str) -> str:
    """See `migrations.upgrade_sql`."""
    path = sqlite_path(url)
    current = _known_version(path)
    if not _is_below(current, to):
        return ""
    with _printing(path, to) as (config, output):
        command.upgrade(config, f"{current}:{to}" if current else to, sql=True)
    return _script(output)


def downgrade_sql(url: str, to: str) -> str:
    """See `migrations.downgrade_sql`."""
    path = sqlite_path(url)
    current = _existing_version(path)
    if not _is_below(to, current):
        return ""
    with _printing(path, to) as (config, output):
        command.downgrade(config, f"{current}:{to}", sql=True)
    return _script(output)


def configuration(
    connection: Connection | None = None, *, to_base: bool = False, output: StringIO | None = None
) -> Config:
    """What Alembic would read from its ini file, and what `env.py` needs to know."""
    config = Config(output_buffer=output)
    # The values of an ini file are interpolated, so a percent sign in the path is doubled.
    config.set_main_option("script_location", str(Path(__file__).parent.absolute()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["to_base"] = to_base
    return config


@contextmanager
def _printing(path: Path, to: str) -> Iterator[tuple[Config, StringIO]]:
    """A configuration whose steps look at the store and write their statements into the output."""
    output = StringIO()
    with translated(path), looking(path) as connection:
        yield configuration(connection, to_base=to == BASE, output=output), output


def _script(output: StringIO) -> str:
    return f"BEGIN IMMEDIATE;\n\n{output.getvalue().strip()}\n\nCOMMIT;\n"


def _is_below(one: str | None, other: str | None) -> bool:
    return _rank(one) < _rank(other)


def _rank(version: str | None) -> int:
    return 0 if version in (None, BASE) else 1 + REVISIONS.index(version)


def _known_version(path: Path) -> str | None:
    version = sqlite_file.look(path).version
    if version is not None and version not in REVISIONS:
        raise ahead(path, version)
    return version


def _existing_version(path: Path) -> str | None:
    if sqlite_file.look(path).empty:
        raise sqlite_file.no_store(path)
    return _known_version(path)
