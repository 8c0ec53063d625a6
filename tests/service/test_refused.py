"""A talent whose rows the database refuses is a failed outcome, and keeps nobody else from theirs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from talentimg.models import OutcomeKind, Reason
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from tests.postgres import connect
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Guard = Callable[[], None]

PEOPLE = ("ada", "bob", "cid")


@pytest.fixture(params=["sqlite", "postgres"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, Guard]]:
    """A world on a database of each kind, and what has it refuse the rows of bob from then on."""
    if request.param == "sqlite":
        path = tmp_path / "roster.db"

        def guard() -> None:
            with closing(sqlite3.connect(path, isolation_level=None)) as app:
                app.execute(
                    """CREATE TRIGGER guard BEFORE UPDATE ON "Talent" WHEN NEW.id = 'bob'
                    BEGIN SELECT RAISE(ABORT, 'no'); END"""
                )

        with SqliteRepository.open(path, create=True) as repository:
            yield World(repository=repository), guard
        return
    url = request.getfixturevalue("new_database")

    def guard_there() -> None:
        with connect(url) as app:
            app.execute("""ALTER TABLE "Talent" ADD CHECK (id <> 'bob' OR "profileImageUrl" IS NULL)""")

    with PostgresRepository.open(url) as there:
        yield World(repository=there), guard_there


async def test_a_run_reports_who_was_refused_and_stores_the_others(guarded: tuple[World, Guard]) -> None:
    world, guard = guarded
    for number, talent_id in enumerate(PEOPLE):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, number + 1)
    guard()
    outcomes, _ = await world.run(before=world.now, limit=None)
    assert {talent_id: outcome.kind for talent_id, outcome in outcomes.items()} == {
        "ada": OutcomeKind.UPDATED,
        "bob": OutcomeKind.FAILED,
        "cid": OutcomeKind.UPDATED,
    }
    bob = outcomes["bob"]
    assert (bob.reason, bob.source, bob.url) == (Reason.STORAGE, "initials", None)
    assert bob.is_trouble
    assert bob.detail
    assert world.repository.load("bob").selection.url is None
    world.pass_time(days=2)
    again, _ = await world.run(before=world.now, limit=None)
    assert again["bob"].kind is OutcomeKind.FAILED, "as long as it is refused"
    assert again["ada"].kind is not OutcomeKind.FAILED


async def test_a_sync_of_one_says_that_it_was_refused(guarded: tuple[World, Guard]) -> None:
    world, guard = guarded
    world.add("bob", "instagram")
    world.offers("instagram", "bob", 1)
    guard()
    outcome = await world.sync("bob")
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, Reason.STORAGE)
