"""The port through which whole tables are read and written, for moving house alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from talentimg.repository.interface import Forgotten
    from talentimg.repository.moving.kinds import Key, Row
    from talentimg.repository.moving.shapes import Shape


class AppRows(ABC):
    """An app's own talents, users and accounts, written in transactions of the `TableStore` they are of."""

    @abstractmethod
    def set_in_app(self, shape: Shape, rows: Sequence[Row]) -> None:
        """Set the columns of rows that an app has, and of no others; its `updatedAt` stays.

        Raises:
            RowRefused: the database did not store one of them.
        """

    @abstractmethod
    def add_to_app(self, shape: Shape, rows: Sequence[Row]) -> None:
        """Add rows to one of the app's tables, as `add` does.

        Raises:
            RowRefused: the database did not store one of them.
        """


class TableStore(ABC):
    """The tables of a roster. One thread at a time.

    Every method raises a `TalentimgError` where the database does not answer, or refuses.
    """

    @property
    @abstractmethod
    def place(self) -> str:
        """What messages call it; never a password."""

    @property
    @abstractmethod
    def app(self) -> AppRows | None:
        """An app's own talents, users and accounts; None where these tables are ours as all others are."""

    @abstractmethod
    def shapes(self) -> Mapping[str, Shape]:
        """The tables by our names: ours as the catalog lists them, and of the agency's what we know of."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """Everything that is read meanwhile is as it was at one moment, whoever writes."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """What is written meanwhile is there as a whole or not at all. One in another is part of that."""

    @abstractmethod
    def lock(self) -> bool:
        """Hold the lock of a run until the store is closed; False if another process does."""

    @abstractmethod
    def count(self, shape: Shape) -> int:
        """How many rows there are."""

    @abstractmethod
    def page(self, shape: Shape, after: Key | None) -> list[Row]:
        """The first rows after a key, in an order of the database's own, `shape.page` at most."""

    @abstractmethod
    def find(self, shape: Shape, column: str | None, keys: Sequence[Key]) -> list[Row]:
        """The rows with these keys, in any order.

        Args:
            shape: the table.
            column: the column that the keys are of; None: those of the primary key.
            keys: each with one value, or with those of the primary key.
        """

    @abstractmethod
    def put(self, shape: Shape, rows: Sequence[Row], *, keep: frozenset[str] = frozenset()) -> None:
        """Write rows, over those with the same keys; columns to `keep` stay as they are in these.

        Raises:
            StoreUnreadable: a text that this kind of database cannot hold.
        """

    @abstractmethod
    def drop(self, shape: Shape, keys: Sequence[Key]) -> None:
        """Remove the rows with these keys."""

    @abstractmethod
    def clear(self, table: str) -> None:
        """Remove all rows of one of our tables."""

    @abstractmethod
    def settle(self) -> None:
        """After the last row: new rows are numbered from behind those that came."""

    @abstractmethod
    def forgotten(self, what: Sequence[tuple[str, str | None]]) -> list[Forgotten]:
        """Which of these are to stay forgotten: talents with a platform, or with None for all of them."""

    @abstractmethod
    def close(self) -> None:
        """Release the lock and close all connections."""
