"""A few connections to Postgres for those who only read, so that they need not wait for one another.

Each is a `ConnectionHolder`, with all that it knows of lost connections and of what may be tried again.
"""

from __future__ import annotations

from contextlib import contextmanager
from queue import LifoQueue
from typing import TYPE_CHECKING, Final, TypeVar

from talentimg.repository.postgres.connection import ConnectionHolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.repository.postgres.connection import Connection

T = TypeVar("T")

SIZE: Final = 4
"""The most connections. More were no faster: what a read costs is mostly this process's own time."""


class ConnectionPool:
    """Lends out connections. One is opened when it is first needed, and the one used last is lent first."""

    def __init__(self, first: ConnectionHolder, size: int = SIZE) -> None:
        """A pool that begins with a connection that is open already, and takes it over."""
        others = [ConnectionHolder(first.address) for _ in range(size - 1)]
        self._all = [*others, first]
        self._free: LifoQueue[ConnectionHolder] = LifoQueue()
        for holder in self._all:
            self._free.put(holder)

    def read_once(self, work: Callable[[Connection], T]) -> T:
        """Run a single statement that reads; it sees a consistent state without a transaction.

        Raises:
            TalentimgError: as with `ConnectionHolder.read_once`.
        """
        with self._lent() as holder:
            return holder.read_once(work)

    @contextmanager
    def _lent(self) -> Iterator[ConnectionHolder]:
        holder = self._free.get()
        try:
            yield holder
        finally:
            self._free.put(holder)

    def close(self) -> None:
        """Close all connections."""
        for holder in self._all:
            holder.close()
