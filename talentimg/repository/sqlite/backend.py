"""One SQLite file that is open: what all parts of the repository on it share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.migrations import HEAD, REVISIONS, ahead, behind, upgrade
from talentimg.repository.sqlite import errors
from talentimg.repository.sqlite.connection import (
    BUSY_TIMEOUT,
    ConnectionHolder,
    connect,
    exists,
    make,
    prepare,
    schema_state,
)
from talentimg.repository.sqlite.lock import RunLock
from talentimg.repository.urls import sqlite_url
from talentimg.repository.values import lease_holder

if TYPE_CHECKING:
    import sqlite3
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Self

    from talentimg.errors import TalentimgError
    from talentimg.repository.sqlite.database import Database


class SqliteBackend:
    """A SQLite file, opened by `open` and read and written by one connection."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, refusal: TalentimgError | None = None
    ) -> None:
        self._connection_holder = ConnectionHolder(path, connection)
        self._refusal = refusal
        self._lease_holder = lease_holder()
        self._run_lock = RunLock(path)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        read_only: bool = False,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> Self:
        """Open a roster. One of ours with an outdated schema is migrated, unless it is only to be read.

        Args:
            path: The file.
            create: Make the file if there is none, or the tables if it is empty.
            read_only: Promise not to write; then a file of a newer version can be read, too.
            busy_timeout: Seconds to wait for another process that is writing.

        Raises:
            StoreNotFound: there is no roster, and `create` is False.
            SchemaOutdated: the file is another program's and has no schema of ours yet, or it has an outdated
                one and `read_only` is True.
            SchemaTooNew: the file has the schema of a newer version, and `read_only` is False.
            StoreUnreadable: the file is not a roster.
            CannotCreate: the file cannot be made, opened or written.
            StoreLocked: another process has been writing for too long.
        """
        if create:
            make(path)
        elif not exists(path):
            raise errors.no_store(path)
        with errors.translated(path):
            connection = connect(path, timeout=busy_timeout, read_only=read_only)
            try:
                return cls._opened(path, connection, create=create, read_only=read_only)
            except BaseException:
                connection.close()
                raise

    @classmethod
    def _opened(cls, path: Path, connection: sqlite3.Connection, *, create: bool, read_only: bool) -> Self:
        state = schema_state(connection, path)
        if state.empty and not create:
            raise errors.no_store(path)
        refusal: TalentimgError | None = errors.forbidden(path) if read_only else None
        is_anothers = state.version is None and not state.empty
        if state.version in (None, *REVISIONS[:-1]):
            if read_only or is_anothers:
                raise behind(f"the roster at {path}", state.version)
            upgrade(sqlite_url(path))
        elif state.version != HEAD:
            refusal = ahead(path, state.version)
            if not read_only:
                raise refusal
        prepare(connection, read_only=read_only)
        return cls(path, connection, refusal=refusal)

    # -- access -------------------------------------------------------------

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._connection_holder.reading()

    def _writing(self, *, through_power_loss: bool = False) -> AbstractContextManager[Database]:
        self._check_writable()
        return self._connection_holder.writing(through_power_loss=through_power_loss)

    def _check_writable(self) -> None:
        if self._refusal:
            raise self._refusal

    # -- life ---------------------------------------------------------------

    def close(self) -> None:
        """Release the lock of runs, and close all connections."""
        self._run_lock.release()
        self._connection_holder.close()
