"""Rosters of very many talents, made by the database itself, on SQLite and Postgres.

Ids are spread, so that those of one kind lie between those of another.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.stored import to_text
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from talentimg.repository.interface import Repository

NOW: Final = datetime(2026, 11, 24, 2, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

# Each is one statement for both kinds of database; `@` stands before the names of tables of ours.
# A number times a prime, modulo a larger prime: every id once, in no order. So up to a million.
_NUMBERS: Final = """WITH RECURSIVE numbers (n) AS (
    SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {first} + {count}
), people (id, n) AS (SELECT 't' || ((CAST(n AS bigint) * 7919) % 1000003), n FROM numbers) """
_USERS: Final = """INSERT INTO "User" (id) SELECT 'u' || id FROM people"""
_TALENTS: Final = """INSERT INTO "Talent" (id, "userId", name, "profileImageSource", "lastProfileImageSyncAt")
    SELECT id, 'u' || id, 'Somebody', 'initials', {synced} FROM people"""
_ACCOUNTS: Final = """INSERT INTO "SocialAccountConnection"
    (id, "creatorId", platform, handle, connected, "createdAt", "updatedAt")
    SELECT 'a' || id, id, 'bluesky', 'somebody.example', true, '{now}', '{now}' FROM people"""
_CANDIDATES: Final = """INSERT INTO @candidates (talent_id, source, state, tries, absent_count, next_due_at)
    SELECT id, 'bluesky', 'trouble', 1, 0, {due} FROM people"""
_SELECTIONS: Final = """INSERT INTO @selections (talent_id, source) SELECT id, 'initials' FROM people"""


class Crowd:
    """A store of a kind, and ways to fill it."""

    def __init__(self, url: str, repository: Repository, run: Callable[[str], object], before: str) -> None:
        """A store.

        Args:
            url: where it is.
            repository: the same, opened.
            run: runs a statement.
            before: a time of `n` milliseconds before another one, in its SQL.
        """
        self.url = url
        self.repository = repository
        self._run = run
        self._before = before
        self._count = 0

    def add(
        self,
        count: int,
        *,
        accounts: bool = True,
        synced: datetime | None = None,
        due: datetime | None = None,
    ) -> None:
        """Add talents, last looked at by this time, with a candidate that is due by then."""
        steps = [_USERS, _TALENTS]
        steps += [_ACCOUNTS] * accounts
        steps += [_SELECTIONS] * (synced is not None)
        steps += [_CANDIDATES] * (due is not None)
        values = {"now": to_text(NOW), "due": self._spread(due), "synced": self._spread(synced)}
        for step in steps:
            statement = (_NUMBERS + step).format(first=self._count + 1, count=count, **values)
            self._run(statement)
        self._count += count

    def _spread(self, at: datetime | None) -> str:
        return self._before.format(at=to_text(at)) if at else "NULL"

    def fill(self, statement: str) -> None:
        """Run a statement in which `@` stands before the names of tables of ours."""
        self._run(statement)

    def finish(self) -> None:
        """What a database of some days would have by now: statistics, and pages written."""
        self._run("VACUUM")
        self._run("ANALYZE")


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Crowd]:
    """An empty roster in a file of its own."""
    path = folder / "crowd.db"
    with SqliteRepository.open(path, create=True) as repository:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            before = "strftime('%Y-%m-%dT%H:%M:%fZ', '{at}', printf('-%.3f seconds', n / 1000.0))"

            def run(text: str) -> None:
                connection.execute(text.replace("@", "talentimg_"))

            yield Crowd(f"sqlite:///{path}", repository, run, before)
        finally:
            connection.close()
    for each in folder.glob("crowd.db*"):
        each.unlink()


@contextmanager
def on_postgres(server: postgres.Databases) -> Iterator[Crowd]:
    """An empty roster in a database of its own."""
    name = server.create(template=server.migrated())
    url = server.url(name)
    try:
        with PostgresRepository.open(url) as repository, postgres.connect(url) as connection:
            connection.execute("SET TimeZone TO 'UTC'")
            before = "timestamptz '{at}' - n * interval '1 millisecond'"

            def run(text: str) -> None:
                connection.execute(text.replace("@", "talentimg.").encode())

            yield Crowd(url, repository, run, before)
    finally:
        server.drop(name)
