"""The connection to Postgres: one, behind a lock, made anew when it is lost.

Nothing outlives a transaction: no prepared statement, no session lock, no SET. So every
transaction may get another server connection, as it does behind PgBouncer in transaction mode.

https://www.pgbouncer.org/features.html
"""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import psycopg
from psycopg.rows import dict_row

from talentimg.repository.postgres import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import NoReturn

    from talentimg.repository.postgres.urls import PostgresAddress

T = TypeVar("T")
Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = psycopg.Connection[Row]
Cursor: TypeAlias = psycopg.Cursor[Row]

READ: Final = (b"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",)
# The app may hold a row for long: then we say so, and do not wait for ever.
# Claims look twice at what others have committed, which only this level shows, whatever is the default.
WRITE: Final = (b"BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE", b"SET LOCAL lock_timeout = '10s'")

RECONNECT_TIMEOUT: Final = 10.0
"""Seconds to try to come back to a server that was there before: a restart takes less."""
_TRIES: Final = 4
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


class ConnectionHolder:
    """The one connection that all threads of a repository share; statements are short."""

    def __init__(self, address: PostgresAddress, *, reconnect_timeout: float = RECONNECT_TIMEOUT) -> None:
        self.address = address
        self._reconnect_timeout = reconnect_timeout
        self._lock = RLock()
        self._connection: Connection | None = None
        self._was_there = False
        self._gave_up = False
        self._closed = False

    def query(self, statement: bytes, values: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows that one statement reads."""
        return self.read_once(lambda connection: connection.execute(statement, values).fetchall())

    def read_once(self, work: Callable[[Connection], T]) -> T:
        """Run one statement, which sees one state without a transaction of its own."""
        return self._run((), work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run statements that see one state."""
        return self._run(READ, work)

    def write(self, work: Callable[[Connection], T], *, repeatable: bool = True) -> T:
        """Run statements whose effect is kept whole or not at all.

        Args:
            work: what to do; it is done again when the connection is lost.
            repeatable: whether a second time does no harm. If not, it is not done again once the
                first may have been kept.

        Raises:
            StoreUnavailable: the connection was lost and could not be made again, or it is not known
                whether the change was kept.
        """
        return self._run(WRITE, work, repeatable=repeatable)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._closed = True
            self._drop()

    # -- one run --------------------------------------------------------------

    def _run(self, begin: Sequence[bytes], work: Callable[[Connection], T], *, repeatable: bool = True) -> T:
        with self._lock:
            for tries_left in reversed(range(_TRIES)):
                transaction = _Transaction(begin, work)
                try:
                    return transaction(self._open_connection())
                except psycopg.Error as error:
                    in_doubt = transaction.committing and not repeatable
                    self._raise_unless_retryable(error, last=not tries_left, in_doubt=in_doubt)
            raise AssertionError  # the last try returns or raises

    def _raise_unless_retryable(self, error: psycopg.Error, *, last: bool, in_doubt: bool) -> None:
        """Raise, unless the work may be done again."""
        place = self.address.place
        if self._is_lost(error):
            self._drop()
            if in_doubt:
                raise errors.unknown_whether_kept(place) from None
            if last:
                raise errors.unavailable(place) from None
        elif last or error.sqlstate not in errors.RETRYABLE:
            self._refuse(error)

    def _refuse(self, error: psycopg.Error) -> NoReturn:
        raise errors.translate(error, self.address.place) from None

    def _is_lost(self, error: psycopg.Error) -> bool:
        gone = self._connection is None or self._connection.closed
        return gone or (error.sqlstate or "").startswith(errors.LOST_CLASSES)

    # -- the connection ---------------------------------------------------------

    def _open_connection(self) -> Connection:
        if self._closed:
            raise RuntimeError("the repository is closed")
        if self._connection is None:
            self._connection = self._connect()
            self._was_there, self._gave_up = True, False
        return self._connection

    def _connect(self) -> Connection:
        # Waited for once, it is not waited for again by everybody who comes after.
        deadline = time.monotonic() + (0 if self._gave_up else self._reconnect_timeout)
        pause = _FIRST_PAUSE
        while True:
            try:
                return connect(self.address)
            except psycopg.Error as error:
                if not self._was_there:
                    raise errors.not_connected(error, self.address.place) from None
                if time.monotonic() + pause > deadline:
                    self._gave_up = True
                    raise errors.unavailable(self.address.place) from None
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()


class _Transaction(Generic[T]):
    """One try at some work, and how far it came.

    The statements of a transaction go out together, as far as none waits for the answer of another: a
    database that is far away is paid for once for all of them.
    """

    def __init__(self, begin: Sequence[bytes], work: Callable[[Connection], T]) -> None:
        self._begin = begin
        self._work = work
        self.committing = False

    def __call__(self, connection: Connection) -> T:
        if not self._begin:
            return self._work(connection)
        try:
            with pipelined(connection):
                for statement in self._begin:
                    connection.execute(statement)
                result = self._work(connection)
                self.committing = True
                connection.execute(b"COMMIT")
        except BaseException:
            with suppress(psycopg.Error):
                connection.execute(b"ROLLBACK")
            raise
        return result


def pipelined(connection: Connection) -> AbstractContextManager[object]:
    """While this lasts, statements are sent without waiting; left, all have been answered.

    What a statement reads is had by `fetchall`; whether it failed may show only there, or at the end.
    """
    return connection.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()


def connect(address: PostgresAddress) -> Connection:
    """A connection whose transactions are begun and ended by the caller.

    Raises:
        psycopg.Error: as the driver says it; it may hold the password.
    """
    return psycopg.connect(
        address.conninfo,
        autocommit=True,
        prepare_threshold=None,
        row_factory=dict_row,
    )
