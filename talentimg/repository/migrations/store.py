"""What `runner` needs of each kind of database: its schema version, and a connection that holds the lock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection

    from talentimg.errors import StoreNotFound
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.migrations.agency import AddedIndex
    from talentimg.repository.postgres.rights import MissingRight


class TriggerState(StrEnum):
    """Whether the app's tables have the triggers that tell workers what the app has changed."""

    MADE = "made"
    MISSING = "missing"
    """`migrate` makes them."""
    CLOSED = "closed"
    """This role may not make them."""


@dataclass(frozen=True, slots=True)
class Triggers:
    """Those triggers. `grant` is what the owner of the tables may say, where this role may not make them."""

    state: TriggerState
    grant: str | None = None


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """The schema version of a store, and what is missing to the newest one.

    `current` is None before the first step. `pending` describes the steps that are still to take, and what
    the app has taken away and will be made again. `problems` are sentences about what stands in the way.
    `triggers` is None where there are none by nature: in a file, and before the step that they belong to.
    """

    current: str | None
    head: str
    pending: tuple[str, ...]
    problems: tuple[str, ...] = ()
    triggers: Triggers | None = None


class Store(ABC):
    """A file or database that has or could have a roster."""

    place: Path | str
    """What messages call it."""
    names: AppNames
    """What the app's tables are called there."""

    @property
    @abstractmethod
    def script_begin(self) -> str:
        """The statements with which a printed script begins."""

    @abstractmethod
    def state(self) -> tuple[str | None, bool]:
        """The schema version, None before the first step; and whether the store exists."""

    @abstractmethod
    def nothing_there(self) -> StoreNotFound:
        """The error for migrating down a store that does not exist."""

    @abstractmethod
    def migrating(self, *, down: bool) -> AbstractContextManager[Connection]:
        """A connection in a transaction that keeps all other migrators out; the store is made if need be.

        The lock is acquired before anything is read. Otherwise a migrator that has to wait would act on
        what it saw before the other one had finished.

        Args:
            down: whether to migrate down.
        """

    @abstractmethod
    def looking(self) -> AbstractContextManager[Connection]:
        """A connection that reads the store and writes nothing."""

    def version_in(self, connection: Connection) -> str | None:
        """The schema version, read while holding the lock."""
        from alembic.migration import MigrationContext  # noqa: PLC0415  takes long to import

        from talentimg.repository.naming import VERSION_TABLE, own_table  # noqa: PLC0415  beside its use

        table, schema = own_table(VERSION_TABLE, connection.dialect.name)
        options = {"version_table": table, "version_table_schema": schema}
        return MigrationContext.configure(connection, opts=options).get_current_revision()

    def is_closed(self) -> bool:
        """Whether our tables exist but this role may not read them."""
        return False

    def problems(self, platforms: Collection[str]) -> list[str]:  # noqa: ARG002  most stores need no check
        """What stands in the way of migrating, a sentence each; these platforms will be written."""
        return []

    def check(self, *, new_roster: bool, platforms: Collection[str]) -> None:  # noqa: B027  as above
        """Refuse to migrate a store that it would be wrong to; `new_roster` is whether one may be made in it.

        Raises:
            ConfigError: says why.
        """

    def build(self, indexes: Sequence[AddedIndex]) -> None:  # noqa: B027  most stores leave nothing
        """Build the indexes that steps have left for after their transaction."""

    def build_sql(self, indexes: Sequence[AddedIndex]) -> str:  # noqa: ARG002  as above
        """The statements that `build` would run."""
        return ""

    def triggers(self) -> Triggers | None:
        """The triggers on the app's tables, of a store that has been migrated; None where there are none."""
        return None

    def make_triggers(self) -> None:  # noqa: B027  as above
        """Make them, unless they are there or this role may not."""

    def remove_triggers(self) -> None:  # noqa: B027  as above
        """Take them away, if they are there."""

    def triggers_sql(self) -> str:
        """The statements that `make_triggers` would run."""
        return ""

    def missing_rights(self) -> Sequence[MissingRight]:
        """The rights that this role lacks, each as the statement that grants it, in a store that is there."""
        return ()

    def grants(self) -> str:
        """The statements that grant this role the rights that it lacks; empty where there are no roles."""
        return ""
