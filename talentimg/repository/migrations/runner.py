"""Runs the migrations: Alembic without an ini file, under a lock that other migrators wait for."""

from __future__ import annotations

from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from talentimg.errors import ConfigError
from talentimg.repository.app_names import AS_OURS
from talentimg.repository.migrations.agency import AddedColumn, missing, words
from talentimg.repository.migrations.revisions import BASE, HEAD, REVISIONS, WISHES, ahead
from talentimg.repository.migrations.store import MigrationStatus, TriggerState
from talentimg.repository.migrations.tools import restore
from talentimg.repository.registry import load
from talentimg.repository.urls import URL_HINT, kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from alembic.runtime.migration import MigrationContext, RevisionStep
    from sqlalchemy import Connection

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.migrations.agency import AddedIndex
    from talentimg.repository.migrations.store import Store
    from talentimg.repository.postgres.rights import MissingRight


_STORES = {
    "sqlite": "talentimg.repository.migrations.sqlite_store",
    "postgres": "talentimg.repository.migrations.postgres_store",
}


def status(url: str, names: AppNames = AS_OURS, platforms: Collection[str] = ()) -> MigrationStatus:
    """The status of a store."""
    store = _open(url, names)
    current, _ = store.state()
    if current is not None and current not in REVISIONS:
        return MigrationStatus(current, HEAD, ())
    steps = ScriptDirectory.from_config(configuration()).iterate_revisions(HEAD, current or BASE)
    pending = [f"{step.revision}: {step.doc}" for step in steps]
    again = [f"again: {words(one, store.names)}" for one in _missing(store, current)]
    return MigrationStatus(
        current,
        HEAD,
        (*reversed(pending), *again),
        tuple(store.problems(platforms)),
        store.triggers() if _have_triggers(current) else None,
    )


def missing_rights(url: str, names: AppNames) -> Sequence[MissingRight]:
    """The rights that this role lacks in a store."""
    return _open(url, names).missing_rights()


def is_readable(url: str, names: AppNames = AS_OURS) -> bool:
    """Whether a store has this version's schema but perhaps for indexes."""
    store = _open(url, names)
    current, _ = store.state()
    lacking = _missing(store, current)
    return current == HEAD and not any(isinstance(one, AddedColumn) for one in lacking)


def upgrade(
    url: str,
    to: str,
    names: AppNames = AS_OURS,
    *,
    new_roster: bool = False,
    platforms: Collection[str] = (),
    triggers: bool = True,
) -> None:
    """Migrate up to a version, and make again what the app has taken away."""
    store = _open(url, names)
    current = _known_version(store)
    if to == BASE:
        return
    store.check(new_roster=new_roster, platforms=platforms)
    indexes: list[AddedIndex] = []
    if _is_below(current, to) or _missing(store, current):
        with store.migrating(down=False) as connection:
            config = configuration(connection, store.names, indexes=indexes)
            if _is_below(store.version_in(connection), to):
                command.upgrade(config, to)
            # Last, as from the first change to its table on the app has to wait.
            _restore(config, store.version_in(connection) or to)
    store.build(indexes)
    if _have_triggers(_known_version(store)):
        (store.make_triggers if triggers else store.remove_triggers)()


def downgrade(url: str, to: str, names: AppNames = AS_OURS, *, keep_columns: bool = False) -> None:
    """Migrate down to a version."""
    store = _open(url, names)
    if _is_below(to, _existing_version(store)):
        with store.migrating(down=True) as connection:
            if _is_below(to, store.version_in(connection)):
                config = configuration(connection, store.names, to_base=to == BASE, keep_columns=keep_columns)
                command.downgrade(config, to)


def upgrade_sql(
    url: str,
    to: str,
    names: AppNames = AS_OURS,
    *,
    new_roster: bool = False,
    platforms: Collection[str] = (),
    triggers: bool = True,
) -> str:
    """The SQL that `upgrade` would run, and the grants that the role lacks."""
    store = _open(url, names)
    grants = store.grants()
    if store.is_closed():
        return _script(store, "", grants)
    current = _known_version(store)
    if to == BASE:
        return _script(store, "", grants)
    store.check(new_roster=new_roster, platforms=platforms)
    indexes: list[AddedIndex] = []
    statements = StringIO()
    if _is_below(current, to) or _missing(store, current):
        with _printing(store, to, statements, indexes) as config:
            if _is_below(current, to):
                command.upgrade(config, f"{current}:{to}" if current else to, sql=True)
            _restore(config, max(current or to, to), as_sql=True)
    if triggers and _have_triggers(max(current or to, to)) and not _are_made(store, current):
        statements.write(f"\n{store.triggers_sql()}")
    return _script(store, statements.getvalue(), grants) + store.build_sql(indexes)


def downgrade_sql(url: str, to: str, names: AppNames = AS_OURS, *, keep_columns: bool = False) -> str:
    """The SQL that `downgrade` would run."""
    store = _open(url, names)
    current = _existing_version(store)
    if not _is_below(to, current):
        return ""
    statements = StringIO()
    with _printing(store, to, statements, []) as config:
        config.attributes["keep_columns"] = keep_columns
        command.downgrade(config, f"{current}:{to}", sql=True)
    return _script(store, statements.getvalue())


def configuration(
    connection: Connection | None = None,
    names: AppNames = AS_OURS,
    *,
    to_base: bool = False,
    output: StringIO | None = None,
    indexes: list[AddedIndex] | None = None,
    keep_columns: bool = False,
) -> Config:
    """What Alembic would read from its ini file, and what `env.py` needs."""
    config = Config(output_buffer=output)
    # Values of an ini file are interpolated, so percent signs in the path have to be doubled.
    config.set_main_option("script_location", str(Path(__file__).parent.absolute()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["to_base"] = to_base
    config.attributes["is_restoring"] = False
    config.attributes["names"] = names
    config.attributes["keep_columns"] = keep_columns
    config.attributes["indexes"] = [] if indexes is None else indexes
    return config


def _open(url: str, names: AppNames) -> Store:
    kind = kind_of(url)
    if kind not in _STORES:
        raise ConfigError(f"A database of the kind {kind} has no schema.", hint=URL_HINT)
    store: Store = load(_STORES[kind]).open_store(url, names)
    return store


@contextmanager
def _printing(store: Store, to: str, output: StringIO, indexes: list[AddedIndex]) -> Iterator[Config]:
    """A configuration in which steps look at the store and print their statements to the output."""
    with store.looking() as connection:
        yield configuration(connection, store.names, to_base=to == BASE, output=output, indexes=indexes)


def _restore(config: Config, version: str, *, as_sql: bool = False) -> None:
    """Make again what the app has taken away from its tables."""

    def work(_: object, __: MigrationContext) -> list[RevisionStep]:
        restore(version)
        return []

    scripts = ScriptDirectory.from_config(config)
    config.attributes["is_restoring"] = True
    with EnvironmentContext(config, scripts, fn=work, as_sql=as_sql):
        scripts.run_env()


def _missing(store: Store, current: str | None) -> list[AddedColumn | AddedIndex]:
    """What the app has taken away from its tables since they were migrated."""
    if current is None:
        return []
    with store.looking() as connection:
        return missing(connection, store.names, current)


def _script(store: Store, statements: str, grants: str = "") -> str:
    parts = [statements.strip(), grants and f"-- The rights that this role lacks.\n{grants}"]
    body = "\n\n".join(filter(None, parts))
    return f"{store.script_begin}\n\n{body}\n\nCOMMIT;\n" if body else ""


def _have_triggers(version: str | None) -> bool:
    """Whether the app's tables may have triggers in this version."""
    return _rank(version) >= _rank(WISHES)


def _are_made(store: Store, current: str | None) -> bool:
    found = store.triggers() if _have_triggers(current) else None
    return found is not None and found.state is TriggerState.MADE


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
