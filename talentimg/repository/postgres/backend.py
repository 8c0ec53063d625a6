"""A Postgres database that is open: what all parts of the repository on it share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate
from talentimg.repository.app_names import AS_OURS
from talentimg.repository.migrations import HEAD, REVISIONS, ahead, behind
from talentimg.repository.postgres import errors
from talentimg.repository.postgres.app_tables import look
from talentimg.repository.postgres.connection import RECONNECT_TIMEOUT, ConnectionHolder
from talentimg.repository.postgres.database import Database
from talentimg.repository.postgres.lock import RunLock
from talentimg.repository.postgres.tables import Statements, schema_state
from talentimg.repository.postgres.urls import parse
from talentimg.repository.values import lease_holder

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self, TypeVar

    from talentimg.errors import TalentimgError
    from talentimg.repository.app_names import AppNames
    from talentimg.repository.postgres.app_tables import AppTables

    T = TypeVar("T")


class PostgresBackend:
    """A Postgres database, opened by `open` and read and written by one connection."""

    def __init__(
        self,
        holder: ConnectionHolder,
        app: AppTables,
        *,
        names: AppNames = AS_OURS,
        read_only: bool = False,
        refusal: TalentimgError | None = None,
    ) -> None:
        self._connection_holder = holder
        self._sql = Statements(app, names)
        self._refusal = refusal
        if read_only and refusal is None:
            self._refusal = CannotCreate("The roster was opened read-only.")
        self._lease_holder = lease_holder()
        self._held: set[str] = set()
        self._run_lock = RunLock(holder)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        read_only: bool = False,
        names: AppNames = AS_OURS,
        reconnect_timeout: float = RECONNECT_TIMEOUT,
    ) -> Self:
        """Open a roster.

        Args:
            url: The database, in any of the forms that `urls` knows.
            read_only: Promise not to write; then a store of a newer version can be read, too.
            names: What the app calls its tables and columns.
            reconnect_timeout: Seconds to go on trying to reach a server that has answered before.

        Raises:
            ConfigError: the URL is malformed, or the user, password or database is wrong.
            StoreUnavailable: the database does not answer.
            SchemaOutdated: the database needs `talentimg migrate`, which is never done unasked.
            SchemaTooNew: it has the schema of a newer version, and `read_only` is False.
        """
        holder = ConnectionHolder(parse(url), reconnect_timeout=reconnect_timeout)
        try:
            return cls._opened(holder, names, read_only=read_only)
        except BaseException:
            holder.close()
            raise

    @classmethod
    def _opened(cls, holder: ConnectionHolder, names: AppNames, *, read_only: bool) -> Self:
        state = schema_state(holder, names)
        if not state.is_readable:
            raise errors.forbidden(holder.address.place)
        if state.version in (None, *REVISIONS[:-1]):
            raise behind(holder.address.place, state.version)
        if state.is_anothers:
            raise errors.of_another_app(holder.address.place, state.home, state.schema)
        refusal = None
        if state.version != HEAD:
            refusal = ahead(holder.address.place, state.version)
            if not read_only:
                raise refusal
        if not state.has_roster:
            raise errors.lacks_tables(holder.address.place)
        app = look(holder, state.schema, names)
        return cls(holder, app, names=names, read_only=read_only, refusal=refusal)

    # -- access -------------------------------------------------------------

    def _read(self, work: Callable[[Database], T]) -> T:
        return self._connection_holder.read(lambda connection: work(Database(connection, self._sql)))

    def _read_once(self, work: Callable[[Database], T]) -> T:
        return self._connection_holder.read_once(lambda connection: work(Database(connection, self._sql)))

    def _write(self, work: Callable[[Database], T], *, repeatable: bool = True) -> T:
        self._check_writable()
        return self._connection_holder.write(
            lambda connection: work(Database(connection, self._sql)), repeatable=repeatable
        )

    def _check_writable(self) -> None:
        if self._refusal:
            raise self._refusal

    # -- life ---------------------------------------------------------------

    def close(self) -> None:
        """Release the lock of runs, and close all connections."""
        self._run_lock.release()
        self._connection_holder.close()
