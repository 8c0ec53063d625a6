"""Whether a Postgres database may be migrated: it has the app's tables, or somebody wants new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import ConfigError
from talentimg.repository.app_names import AS_OURS, TALENT
from talentimg.repository.naming import OWN
from talentimg.repository.postgres import app_tables, errors, fitness

if TYPE_CHECKING:
    from collections.abc import Collection

    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.connection import ConnectionHolder
    from talentimg.repository.postgres.tables import SchemaState

_SETTINGS = {"Talent": "talent", "User": "user", "SocialAccountConnection": "account"}
_MOST_NAMED = 5


def problems(
    holder: ConnectionHolder, state: SchemaState, names: AppNames, platforms: Collection[str]
) -> list[str]:
    """What stands in the way of migrating this database, a sentence each; empty if nothing does."""
    if state.is_anothers:
        return [errors.of_another_app(holder.address.place, state.home, state.schema).message]
    found = app_tables.look(holder, state.schema, names)
    lacking = [names.table(ours) for ours in app_tables.TABLES if ours not in found.tables]
    if not lacking:
        return fitness.problems(found, names, platforms)
    others = app_tables.all_tables(holder, OWN)
    if not others:
        return [
            "There is no table at all: `talentimg migrate --new-roster` would make those of a new roster."
        ]
    return [_lacks(name, state.schema, others) for name in lacking] + fitness.problems(
        found, names, platforms
    )


def check(
    holder: ConnectionHolder,
    state: SchemaState,
    names: AppNames,
    platforms: Collection[str],
    *,
    new_roster: bool,
) -> None:
    """Refuse to migrate a database that it would be wrong to.

    Raises:
        ConfigError: a table of the app's is missing or will not do, and nobody asked for a new roster, or
            somebody did where there are tables.
    """
    place = holder.address.place
    if new_roster and state.version is None:
        _check_empty(holder, names)
        return
    found = problems(holder, state, names, platforms)
    if found:
        raise ConfigError(
            f"Nothing was changed in {place}: {' '.join(found)}",
            hint="`talentimg migrate --status` says what would be done.",
        )


def _check_empty(holder: ConnectionHolder, names: AppNames) -> None:
    others = app_tables.all_tables(holder, OWN)
    if others:
        raise ConfigError(
            f"A new roster is made only in a database without any table, and {holder.address.place} has "
            f"{_listed(others)}.",
            hint="Leave out --new-roster to use the tables of the app, or name an empty database.",
        )
    if names != AS_OURS:
        raise ConfigError(
            "The tables of a new roster have the names that talentimg gives them.",
            hint=f"Leave out app.{_SETTINGS[TALENT]}_table and the other settings under app.",
        )


def _lacks(name: str, schema: str, others: list[tuple[str, str]]) -> str:
    sentence = f'There is no table "{name}" in the schema {schema}.'
    near = fitness.near(name, others)
    elsewhere = [where for where, table in near if table == name]
    if elsewhere:
        places = ", ".join(elsewhere)
        return f"{sentence} There is one in {places}: put ?schema={elsewhere[0]} into the database URL."
    here = [table for where, table in near if where == schema]
    if here:
        setting = _SETTINGS.get(name)
        how = f"set app.{setting}_table to that" if setting else "correct the setting under app"
        return f'{sentence} If the app calls it "{here[0]}", {how}.'
    return f"{sentence} Is this the database of the app?"


def _listed(tables: list[tuple[str, str]]) -> str:
    names = [f"{schema}.{table}" for schema, table in tables[:_MOST_NAMED]]
    more = len(tables) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
