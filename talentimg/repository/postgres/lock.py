"""The lock of a roster run on Postgres: held by a separate transaction that stays open during the run.

It belongs to the transaction and not to the session, because behind a pooler in transaction mode
nobody has a session to themselves. If the server restarts or the connection breaks, the lock is lost
unnoticed: then a second run may join in, which does no harm, as runs claim every talent.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

import psycopg

from talentimg.errors import NoRunLock, TalentimgError
from talentimg.repository.postgres import errors
from talentimg.repository.postgres.connection import connect

if TYPE_CHECKING:
    from talentimg.repository.postgres.connection import Connection, ConnectionHolder, Cursor

LONGEST_WAIT: Final = 3.0
"""Seconds to wait for another connection before we take it that there is none."""
# At this level no snapshot is held between statements, so the transaction does not hold up VACUUM.
# The last setting is one of Postgres 17 and later, which would end the transaction.
# The number is written into it: a statement with parameters would keep its snapshot until the next one, and
# so hold up VACUUM, and whoever builds an index. All of it is sent at once, as a database may be far away.
_TRY_LOCK: Final = """
BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY;
SET LOCAL idle_in_transaction_session_timeout = 0;
SELECT set_config(name, '0', true) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout';
SELECT pg_try_advisory_xact_lock({number}) AS taken
"""
# The numbers after that of the migrations; such locks are separate for each database.
RUN: Final = 7267001947
INDEXES: Final = 7267001948


class RunLock:
    """The run lock of a database, or with another number the lock of something else that takes long."""

    def __init__(self, others: ConnectionHolder, number: int = RUN) -> None:
        """A lock of the database that `others` has a connection to, with one of its own."""
        self._others = others
        self._address = others.address
        self._try_lock = _TRY_LOCK.format(number=number).encode()
        self._lock = Lock()
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Acquire it if it is free; True also if it is already ours.

        Raises:
            StoreUnavailable: the database does not answer.
            NoRunLock: it would take the only connection that there is.
        """
        with self._lock:
            if self._connection is None:
                self._connection = self._acquired()
            return self._connection is not None

    def _acquired(self) -> Connection | None:
        try:
            connection = connect(self._address)
        except psycopg.Error as error:
            if errors.has_no_connection_left(error):
                raise self._no_lock() from None
            raise errors.not_connected(error, self._address.place) from None
        taken = False
        try:
            taken = _is_taken(connection.execute(self._try_lock))
        except psycopg.Error as error:
            raise errors.translate(error, self._address.place) from None
        finally:
            if not taken:
                _end(connection)
        if taken and not self._leaves_one():
            _end(connection)
            raise self._no_lock()
        return connection if taken else None

    def _leaves_one(self) -> bool:
        """Whether others still get through a pooler while we keep one of its connections.

        It lets them wait for minutes, so we look whether an answer comes within seconds.
        """
        try:
            return self._others.is_served(within=LONGEST_WAIT)
        except TalentimgError:  # no pooler lets us wait
            return True

    def _no_lock(self) -> NoRunLock:
        return NoRunLock(
            f"Only one connection can be had to {self._address.place}, so no run can keep another out.",
            hint="Allow talentimg two connections: default_pool_size in PgBouncer, or the limit of the role.",
        )

    def release(self) -> None:
        """Release it, if it is ours."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                _end(connection)


def _is_taken(cursor: Cursor) -> bool:
    """What the last of the statements says."""
    while cursor.nextset():
        pass
    return bool(cursor.fetchall()[0]["taken"])


def _end(connection: Connection) -> None:
    # Explicitly, as the server may take a while to notice a closed connection.
    with suppress(psycopg.Error):
        connection.execute(b"ROLLBACK")
    connection.close()
