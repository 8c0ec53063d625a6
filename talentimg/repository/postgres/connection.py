"""The connection to Postgres: a single one behind a lock, reopened when it is lost.

Nothing outlives a transaction: no prepared statement, no session lock, no SET but the one in `times`. So each
transaction may run on a different server connection, as it does behind PgBouncer in transaction mode.

https://www.pgbouncer.org/features.html
"""

from __future__ import annotations

import logging
import select
import time
from contextlib import nullcontext, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import psycopg
from psycopg.rows import dict_row

from talentimg.repository.postgres import errors
from talentimg.repository.postgres.times import read_all_times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import NoReturn

    from talentimg.repository.postgres.urls import PostgresAddress

T = TypeVar("T")
Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = psycopg.Connection[Row]
Cursor: TypeAlias = psycopg.Cursor[Row]

# It would tell each statement of a pipeline that was given up after an error, and we tell the error.
logging.getLogger("psycopg").setLevel(logging.ERROR)

READ: Final = (b"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",)
# READ COMMITTED, whatever the default is, as claims need to see what others commit between two statements.
# The app may lock a row for a long time: then we report that instead of waiting for ever. READ WRITE is not
# said, for a database may be marked as read-only. What we write into the app's tables is no news to us: the
# last one keeps our own triggers from telling it (see `triggers`).
WRITE: Final = (
    b"BEGIN ISOLATION LEVEL READ COMMITTED",
    b"SET LOCAL lock_timeout = '10s'",
    b"SET LOCAL talentimg.own = 'yes'",
)

RECONNECT_TIMEOUT: Final = 10.0
"""Seconds to go on trying to reach a server that has answered before: a restart takes less."""
_TRIES: Final = 4
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


class ConnectionHolder:
    """The one connection that all threads of a repository share, as statements are short."""

    def __init__(self, address: PostgresAddress, *, reconnect_timeout: float = RECONNECT_TIMEOUT) -> None:
        self.address = address
        self._reconnect_timeout = reconnect_timeout
        self._lock = RLock()
        self._connection: Connection | None = None
        self._was_there = False
        self._gave_up = False
        self._closed = False

    def query(self, statement: bytes, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Run one statement and return its rows."""
        return self.read_once(lambda connection: connection.execute(statement, values).fetchall())

    def run_alone(self, statement: bytes) -> None:
        """Run one statement outside of a transaction, for what Postgres does in none."""
        self._run((), lambda connection: connection.execute(statement))

    def read_once(self, work: Callable[[Connection], T]) -> T:
        """Run a single statement that reads; it sees a consistent state without a transaction."""
        return self._run((), work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run statements that read, in a transaction, so that all see the same state."""
        return self._run(READ, work)

    def write(self, work: Callable[[Connection], T], *, repeatable: bool = True) -> T:
        """Run statements in a transaction, which is committed completely or not at all.

        Args:
            work: runs the statements; it is called again if the connection was lost.
            repeatable: whether it does no harm if this is committed twice. If False, it is not run
                again once the first transaction may have been committed.

        Raises:
            StoreUnavailable: the connection was lost and could not be reopened, or it is unknown
                whether the transaction was committed.
        """
        return self._run(WRITE, work, repeatable=repeatable)

    def is_served(self, *, within: float) -> bool:
        """Whether a question is answered within so many seconds; if not, the connection is given up.

        Raises:
            StoreUnavailable: there is no connection.
        """
        with self._lock:
            pgconn = self._open_connection().pgconn
            with suppress(psycopg.Error):  # it is lost, and will be opened anew
                pgconn.send_query(b"SELECT 1")
                pgconn.flush()
                if not select.select([pgconn.socket], [], [], within)[0]:
                    self._drop()
                    return False
                while pgconn.get_result() is not None:
                    pass
            return True

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._closed = True
            self._drop()

    # -- transactions -------------------------------------------------------

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
        """Raise our error, unless the work may be tried again."""
        place = self.address.place
        if self._is_lost(error) and not errors.is_lasting(error):
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
        # After one caller has waited in vain, the next ones do not wait again.
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
    """One attempt to run some work, in a transaction if there are statements to begin one.

    Statements are sent together as far as none has to wait for the result of another, so a distant
    database costs one round trip for all of them. `committing` tells how far it got.
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
    """A context in which statements are sent without waiting for results; on leaving it all results are in.

    An error of a statement may only be raised when its rows are fetched, or on leaving the context.
    """
    return connection.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()


def connect(address: PostgresAddress) -> Connection:
    """Connect to a database; the caller begins and ends transactions.

    Raises:
        psycopg.Error: the driver's own; its text may contain the password.
    """
    connection = psycopg.connect(
        address.conninfo,
        autocommit=True,
        prepare_threshold=None,
        row_factory=dict_row,
    )
    try:
        read_all_times(connection)
    except BaseException:
        connection.close()
        raise
    return connection
