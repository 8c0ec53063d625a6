"""What `runner` needs to know of a kind of database: where it stands, and a connection with the lock held."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection

    from talentimg.errors import StoreNotFound


class Store(ABC):
    """A place where a roster is or could be."""

    place: Path | str
    """How messages call it."""

    @property
    @abstractmethod
    def script_begin(self) -> str:
        """The statements with which a printed script begins."""

    @abstractmethod
    def state(self) -> tuple[str | None, bool]:
        """The schema version, None for none; and whether there is anything at all."""

    @abstractmethod
    def nothing_there(self) -> StoreNotFound:
        """The error for a way down from nothing."""

    @abstractmethod
    def migrating(self, *, down: bool) -> AbstractContextManager[Connection]:
        """A connection in one transaction that keeps every other migrator out from beginning to end.

        The lock is taken before anything is read: a migrator that looked first and waited then would
        act on what it saw before the other one had finished. What is not there is made.

        Args:
            down: whether steps are taken back.
        """

    @abstractmethod
    def looking(self) -> AbstractContextManager[Connection]:
        """A connection to look at the store as it is, and to write nothing."""

    def version_in(self, connection: Connection) -> str | None:
        """The schema version as the holder of the lock sees it."""
        from alembic.migration import MigrationContext  # noqa: PLC0415  dear to import

        from talentimg.repository.naming import VERSION_TABLE, own_table  # noqa: PLC0415  beside its use

        table, schema = own_table(VERSION_TABLE, connection.dialect.name)
        options = {"version_table": table, "version_table_schema": schema}
        return MigrationContext.configure(connection, opts=options).get_current_revision()

    def is_closed(self) -> bool:
        """Whether our tables are there and this role may not even read them."""
        return False

    def grants(self) -> str:
        """The statements that give this role the rights that it lacks; none where there are no roles."""
        return ""
