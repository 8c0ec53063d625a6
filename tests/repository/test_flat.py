"""What a claim reads follows its limit: not who else is due, nor who has no account, on either database."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

import pytest

from talentimg.models import Action, AuditEntry
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from tests.crowds import DAY, HOUR, NOW, Crowd, on_postgres, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from talentimg.repository.postgres.connection import Connection

FEW, MANY = 1000, 10_000
PAGE, DUE = 50, 2000
WORKS_OF_SQLITE = 20
"""Its virtual machine tells after so many instructions."""


class Counting:
    """A connection that has Postgres tell how many rows each statement reads, and then runs it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.rows = 0

    def execute(self, statement: bytes, values: Any = None) -> Any:
        if statement.lstrip().startswith((b"SELECT", b"WITH")):
            (row,) = self._connection.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + statement, values)
            told = row["QUERY PLAN"]
            self.rows += read_by((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])
        return self._connection.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def read_by(plan: dict[str, Any]) -> int:
    """The rows that the scans in a plan read, also those that they passed over.

    Leases are left out: there are few, and Postgres reads them all as long as they stand in one block.
    """
    below: int = sum(map(read_by, plan.get("Plans", ())))
    if "Scan" not in plan["Node Type"] or plan.get("Relation Name") == "leases":
        return below
    each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return below + int(each * plan["Actual Loops"])


class Measure(Protocol):
    """How much a database does for some work: rows on Postgres, instructions on SQLite."""

    def __call__(self, work: Callable[[], object]) -> int: ...


@contextmanager
def measured_on_sqlite(crowd: Crowd) -> Iterator[Measure]:
    assert isinstance(crowd.repository, SqliteRepository)
    connection = crowd.repository._connection_holder.connection

    def measure(work: Callable[[], object]) -> int:
        done = 0

        def count() -> int:
            nonlocal done
            done += 1
            return 0

        connection.set_progress_handler(count, WORKS_OF_SQLITE)
        try:
            work()
        finally:
            connection.set_progress_handler(None, 0)
        return done

    yield measure


@contextmanager
def measured_on_postgres(crowd: Crowd) -> Iterator[Measure]:
    assert isinstance(crowd.repository, PostgresRepository)
    holder = crowd.repository._connection_holder
    crowd.repository.count()
    connection = holder._connection
    assert connection is not None

    def measure(work: Callable[[], object]) -> int:
        counting = Counting(connection)
        holder._connection = cast("Connection", counting)
        try:
            work()
        finally:
            holder._connection = connection
        return counting.rows

    yield measure


Store = tuple[Crowd, "Measure"]


@pytest.fixture(params=["sqlite", "postgres"])
def new_crowd(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Any]:
    """Makes an empty store of a kind, and measures it."""

    @contextmanager
    def made() -> Iterator[Store]:
        if request.param == "sqlite":
            with on_sqlite(tmp_path) as crowd, measured_on_sqlite(crowd) as measure:
                yield crowd, measure
        else:
            with (
                on_postgres(request.getfixturevalue("databases")) as crowd,
                measured_on_postgres(crowd) as measure,
            ):
                yield crowd, measure

    return made


def never_looked_at(crowd: Crowd, number: int) -> None:
    crowd.add(number)


def without_accounts(crowd: Crowd, number: int) -> None:
    crowd.add(number, accounts=False)
    crowd.add(DUE, synced=NOW - 2 * DAY)


def long_without_accounts(crowd: Crowd, number: int) -> None:
    crowd.add(number, accounts=False, synced=NOW - 5 * DAY)
    crowd.add(DUE, synced=NOW - 2 * DAY)


def due_early(crowd: Crowd, number: int) -> None:
    crowd.add(number, synced=NOW - HOUR, due=NOW - 2 * HOUR)


def waiting_without_accounts(crowd: Crowd, number: int) -> None:
    crowd.add(number, accounts=False, synced=NOW - HOUR, due=NOW - 3 * HOUR)
    crowd.add(DUE, synced=NOW - HOUR, due=NOW - 2 * HOUR)


def looked_at(crowd: Crowd, number: int) -> None:
    crowd.add(number, synced=NOW - HOUR)
    crowd.add(DUE)


ROSTERS = [
    never_looked_at,
    without_accounts,
    long_without_accounts,
    due_early,
    waiting_without_accounts,
    looked_at,
]


def claim(crowd: Crowd) -> list[str]:
    found = crowd.repository.claim(NOW, before=NOW - DAY, limit=PAGE, lease=HOUR, unless_since=NOW)
    assert len(found) == PAGE
    return found


@pytest.mark.parametrize("fill", ROSTERS)
def test_a_page_and_a_bounded_count_read_no_more_however_many_there_are(
    new_crowd: Callable[[], Any], fill: Callable[[Crowd, int], None]
) -> None:
    read = {}
    for number in (FEW, MANY):
        with new_crowd() as (crowd, measure):
            fill(crowd, number)
            crowd.finish()
            claim(crowd)  # passes over those without accounts
            page = measure(lambda: claim(crowd))
            count = measure(lambda: crowd.repository.count_due(NOW, before=NOW - DAY, at_most=PAGE))
            read[number] = page, count
    for few, many in zip(read[FEW], read[MANY], strict=True):
        assert many <= 1.5 * few, read


def test_a_page_of_the_roster_reads_no_more_however_many_there_are(new_crowd: Callable[[], Any]) -> None:
    read = []
    for number in (FEW, MANY):
        with new_crowd() as (crowd, measure):
            crowd.add(number)
            crowd.finish()
            read.append(measure(lambda: crowd.repository.roster(after="t5", limit=PAGE)))
    assert read[1] <= 1.5 * read[0], read


def test_what_has_grown_old_is_found_whatever_is_young(new_crowd: Callable[[], Any]) -> None:
    read = []
    for number in (FEW, MANY):
        with new_crowd() as (crowd, measure):
            said = [AuditEntry(f"t{n}", NOW, Action.SET, "eve") for n in range(number // 5)]
            crowd.repository.save_audit(said)
            before = {"runs_before": NOW - DAY, "history_before": NOW - DAY}
            drop = partial(crowd.repository.drop_aged, NOW, limit=PAGE, **before)
            read.append(measure(drop))
    assert read[1] <= 1.5 * read[0], read


@pytest.mark.parametrize("new_crowd", ["sqlite"], indirect=True)
def test_a_page_of_the_missing_costs_little_more_than_one(new_crowd: Callable[[], Any]) -> None:
    """All runs, imports and words are read once for it."""
    read = []
    for number in (1, PAGE):
        with new_crowd() as (crowd, measure):
            said = [AuditEntry("bob", NOW, Action.SET, "eve", about={"n": f"{n}"}) for n in range(FEW)]
            crowd.repository.save_audit(said)
            missing = [f"gone {n}" for n in range(number)]
            read.append(measure(partial(crowd.repository.erase_missing, missing, NOW)))
    assert read[1] <= 3 * read[0], read
