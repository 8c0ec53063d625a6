"""The agency's app, which edits its own tables without us, on every kind of store."""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from talentimg.repository.memory import MemoryRepository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class TheApp(Protocol):
    """What the app does in its own tables."""

    def write_handle(self, talent_id: str, platform: str, handle: str) -> None:
        """Correct the handle of an account."""

    def write_connected(self, talent_id: str, platform: str, connected: bool) -> None:
        """Connect or disconnect an account that is there."""

    def write_avatar(self, talent_id: str, url: str | None) -> None:
        """Replace the user's avatar, or take it away."""

    def remove(self, talent_id: str) -> None:
        """Remove a talent, with the accounts."""

    def seen(self, talent_id: str) -> object:
        """All that it has of a talent and the accounts, to be compared."""


class SharedMemory(MemoryRepository):
    """A roster in memory that the app edits, too."""

    def write_handle(self, talent_id: str, platform: str, handle: str) -> None:
        if stored := self._talents[talent_id].stored_accounts.get(platform):
            stored.account = replace(stored.account, handle=handle, external_id=None, renamed_to=None)

    def write_connected(self, talent_id: str, platform: str, connected: bool) -> None:
        if stored := self._talents[talent_id].stored_accounts.get(platform):
            stored.connected = connected

    def write_avatar(self, talent_id: str, url: str | None) -> None:
        self._talents[talent_id].avatar_url = url

    def remove(self, talent_id: str) -> None:
        del self._talents[talent_id]

    def seen(self, talent_id: str) -> object:
        return deepcopy(self._talents[talent_id])


class Connection(Protocol):
    """A connection of a driver."""

    def execute(self, statement: str, values: list[object], /) -> Iterable[tuple[Any, ...]]:
        """Run a statement; its rows."""


class Tables:
    """The app on a database, in statements of its own."""

    def __init__(self, connection: Connection, mark: str) -> None:
        self._connection = connection
        self._mark = mark

    def _run(self, statement: str, *values: object) -> None:
        self._connection.execute(statement.replace("?", self._mark), list(values))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return list(self._connection.execute(query.replace("?", self._mark), list(values)))

    def write(self, table: str, **values: object) -> None:
        """Add a row."""
        names, places = ", ".join(f'"{name}"' for name in values), ", ".join("?" for _ in values)
        self._run(f'INSERT INTO "{table}" ({names}) VALUES ({places})', *values.values())

    def change(self, table: str, row_id: str, **values: object) -> None:
        """Change a row."""
        columns = ", ".join(f'"{name}" = ?' for name in values)
        self._run(f'UPDATE "{table}" SET {columns} WHERE id = ?', *values.values(), row_id)

    def seen(self, talent_id: str) -> object:
        talent = """SELECT * FROM "Talent" AS t LEFT JOIN "User" AS u ON u.id = t."userId" WHERE t.id = ?"""
        accounts = """SELECT * FROM "SocialAccountConnection" WHERE "creatorId" = ? ORDER BY id"""
        return self.rows(talent, talent_id), self.rows(accounts, talent_id)

    def write_handle(self, talent_id: str, platform: str, handle: str) -> None:
        self._run(
            """UPDATE "SocialAccountConnection" SET handle = ? WHERE "creatorId" = ? AND platform = ?""",
            handle,
            talent_id,
            platform,
        )

    def write_connected(self, talent_id: str, platform: str, connected: bool) -> None:
        self._run(
            """UPDATE "SocialAccountConnection" SET connected = ? WHERE "creatorId" = ? AND platform = ?""",
            connected,
            talent_id,
            platform,
        )

    def write_shown(self, talent_id: str, source: str | None, url: str | None) -> None:
        """Show something else, as the program did that we replace; where all rows are ours, nobody can."""
        self._run(
            """UPDATE "Talent" SET "profileImageSource" = ?, "profileImageUrl" = ? WHERE id = ?""",
            source,
            url,
            talent_id,
        )

    def write_avatar(self, talent_id: str, url: str | None) -> None:
        self._run(
            """UPDATE "User" SET "avatarUrl" = ? WHERE id = (SELECT "userId" FROM "Talent" WHERE id = ?)""",
            url,
            talent_id,
        )

    def remove(self, talent_id: str) -> None:
        self._run("""DELETE FROM "SocialAccountConnection" WHERE "creatorId" = ?""", talent_id)
        self._run("""DELETE FROM "Talent" WHERE id = ?""", talent_id)


@contextmanager
def on_sqlite(path: str) -> Iterator[Tables]:
    """The app on a SQLite file."""
    import sqlite3

    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        yield Tables(connection, "?")
    finally:
        connection.close()


@contextmanager
def on_postgres(url: str) -> Iterator[Tables]:
    """The app on Postgres."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        yield Tables(connection, "%s")
