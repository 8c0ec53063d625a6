"""The lock of a roster run on Postgres: a transaction of its own that stays open as long as the run.

The lock is the transaction's and not the session's, as behind a pooler in transaction mode a session is
nobody's own. Should the server restart, or the connection break, the lock is lost and nobody is told: two
runs may then share the work, as they may anyhow, since every talent is claimed.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

import psycopg

from talentimg.repository.postgres import errors
from talentimg.repository.postgres.connection import connect

if TYPE_CHECKING:
    from talentimg.repository.postgres.connection import Connection
    from talentimg.repository.postgres.urls import PostgresAddress

# At this level no snapshot is held between statements, so that nothing is kept from being vacuumed.
_BEGIN: Final = b"""
BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0
"""
# Known from Postgres 17 on, and there it would end any transaction that is open for long.
_NO_TIMEOUT: Final = b"""
SELECT set_config(name, '0', true) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout'
"""
# Beside that of the migrations: both count within one database, of which one schema is ours.
_TRY_LOCK: Final = b"SELECT pg_try_advisory_xact_lock(7267001947) AS taken"


class RunLock:
    """The lock of one database, as one repository sees it."""

    def __init__(self, address: PostgresAddress) -> None:
        self._address = address
        self._lock = Lock()
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Take it, if nobody has it; True also if it is ours already.

        Raises:
            StoreUnavailable: there is no answer.
        """
        with self._lock:
            if self._connection is None:
                self._connection = self._acquired()
            return self._connection is not None

    def _acquired(self) -> Connection | None:
        try:
            connection = connect(self._address)
        except psycopg.Error as error:
            raise errors.not_connected(error, self._address.place) from None
        taken = False
        try:
            connection.execute(_BEGIN)
            connection.execute(_NO_TIMEOUT)
            taken = bool(connection.execute(_TRY_LOCK).fetchall()[0]["taken"])
        except psycopg.Error as error:
            raise errors.translate(error, self._address.place) from None
        finally:
            if not taken:
                _end(connection)
        return connection if taken else None

    def release(self) -> None:
        """Let go of it, if it is ours."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                _end(connection)


def _end(connection: Connection) -> None:
    # By word, and not by closing alone: the server would notice that only after a while.
    with suppress(psycopg.Error):
        connection.execute(b"ROLLBACK")
    connection.close()
