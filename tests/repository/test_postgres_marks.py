"""On Postgres the marks of claims are rows that others may hold: nobody waits for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.repository.postgres import connection as postgres_connection
from talentimg.repository.postgres import due
from talentimg.repository.postgres.repository import PostgresRepository
from tests.postgres import connect
from tests.repository.builders import DAY, HOUR, NOW, talent
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.repository.postgres.database import Database

MARKS = "SELECT list, place FROM talentimg.marks WHERE set_at > '-infinity' ORDER BY list"


@pytest.fixture
def repository(new_database: str) -> Iterator[PostgresRepository]:
    with PostgresRepository.open(new_database) as repository:
        repository.add([talent(one, "bluesky") for one in "abcdef"], NOW)
        yield repository


def claim(repository: PostgresRepository) -> list[str]:
    return repository.claim(NOW, before=NOW - DAY, limit=2, lease=HOUR)


def test_a_claim_waits_for_nobody_who_holds_a_mark(
    repository: PostgresRepository, new_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connection, "WRITE", (b"BEGIN", b"SET LOCAL lock_timeout = '50ms'"))
    with connect(new_database) as other, other.transaction():
        other.execute("UPDATE talentimg.marks SET place = place")
        assert [claim(repository) for _ in range(3)] == [["a", "b"], ["c", "d"], ["e", "f"]]


def test_an_import_holds_the_marks_only_when_it_is_through(
    repository: PostgresRepository, new_database: str
) -> None:
    claim(repository)
    with connect(new_database) as app, connect(new_database) as other, ThreadPoolExecutor(1) as pool:
        kept = other.execute(MARKS).fetchall()
        with app.transaction():
            app.execute("""UPDATE "Talent" SET name = 'F' WHERE id = 'f'""")
            importing = pool.submit(repository.update, [talent(one, "github") for one in "abcdef"], NOW)
            wait_until(lambda: app.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())
            assert kept
            other.execute("SELECT FROM talentimg.marks FOR UPDATE NOWAIT")
        importing.result()
        assert other.execute(MARKS).fetchall() == []


def test_a_claim_under_way_sets_no_mark_behind_whom_others_bring_meanwhile(
    repository: PostgresRepository, new_database: str
) -> None:
    class Late:
        """An import ends while the claim has chosen and not yet moved its marks."""

        def __init__(self, db: Database) -> None:
            self._db = db

        def execute(self, statement: str, **values: Any) -> object:
            if "UPDATE talentimg.marks" in statement and not imported:
                imported.append("0 first")
                other.update([talent("0 first", "bluesky")], NOW)
            return self._db.execute(statement, **values)

    imported: list[str] = []
    claiming = due.Claim(due.times(NOW, NOW - DAY), limit=2, holder="we", until=NOW + HOUR, held=())
    with PostgresRepository.open(new_database) as other, connect(new_database) as app:
        repository._write(lambda db: claiming(Late(db)))  # type: ignore[arg-type]
        assert imported
        assert ("never", "0 first") in app.execute(MARKS).fetchall()
        assert claim(other) == ["0 first", "c"]


@pytest.mark.parametrize("limit", [2, 5])
def test_a_claim_locks_nobody_whom_it_does_not_take(
    repository: PostgresRepository, new_database: str, limit: int
) -> None:
    """Another process would pass over them, and take it that nobody is due any more."""

    class Watched:
        """Counts whom others could lock while the claim has chosen."""

        def __init__(self, db: Database) -> None:
            self._db = db

        def execute(self, statement: str, **values: Any) -> object:
            if "INSERT INTO talentimg.leases" in statement:
                free.extend(other.execute('SELECT id FROM "Talent" FOR UPDATE SKIP LOCKED').fetchall())
            return self._db.execute(statement, **values)

    free: list[tuple[str]] = []
    with connect(new_database) as other:
        other.execute("""UPDATE "Talent" SET "lastProfileImageSyncAt" = '2020-01-01' WHERE id > 'c'""")
        claiming = due.Claim(due.times(NOW, NOW - DAY), limit=limit, holder="we", until=NOW + HOUR, held=())
        seen, *_ = repository._write(lambda db: claiming(Watched(db)))  # type: ignore[arg-type]
    assert seen == list("abcdef"[:limit])
    assert sorted(one for (one,) in free) == list("abcdef"[limit:])
