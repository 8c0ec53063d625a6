"""A word has one time wherever it is kept, however often the clock is read, on every kind of store."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Action, Lock, ReviewMode, ReviewState
from talentimg.providers.interface import Found
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.decision.chain import Rules
from talentimg.service.decision.resolver import Resolver
from talentimg.service.people.decisions import Decisions
from talentimg.service.people.history import History
from talentimg.service.people.reviews import ReviewDesk
from talentimg.service.people.rules import Rules as TalentRules
from tests.service.world import PLATFORMS, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from talentimg.repository.interface import Repository


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with ExitStack() as stack:
        if request.param == "memory":
            repository: Repository = MemoryRepository()
        elif request.param == "sqlite":
            repository = SqliteRepository.open(request.getfixturevalue("new_store"))
        else:
            repository = PostgresRepository.open(request.getfixturevalue("new_database"))
        world = World(repository=stack.enter_context(repository))
        world.add("ada", "instagram")
        yield world


@dataclass
class Clock:
    """Goes on a little each time that somebody looks at it."""

    world: World
    reads: int = field(default=0)

    def __call__(self) -> datetime:
        self.reads += 1
        return self.world.now + timedelta(microseconds=1_501 * self.reads)

    def resolver(self) -> Resolver:
        return Resolver(Rules(PLATFORMS, review=self.world.review), None, self)

    def decisions(self) -> Decisions:
        return Decisions(self.world.repository, self.resolver(), self)

    def history(self) -> History:
        world = self.world
        return History(
            repository=world.repository,
            store=world.store,
            resolver=self.resolver(),
            decisions=self.decisions(),
            now=self,
        )


async def shows(world: World, *seeds: int) -> list[str]:
    """What Ada shows, one day after the other."""
    hashes = []
    for seed in seeds:
        world.offers("instagram", "ada", seed)
        hashes.append((await world.sync()).content_hash or "")
        world.pass_time(days=1)
    return hashes


async def test_one_goes_back_as_often_as_one_likes(world: World) -> None:
    first, second, _ = await shows(world, 1, 2, 3)
    clock = Clock(world)
    for expected in (second, first, None):
        clock.history().rollback("ada", by="eve")
        assert world.repository.load("ada").selection.content_hash == expected


async def test_a_rule_and_what_is_kept_of_it_have_one_time(world: World) -> None:
    TalentRules(Clock(world).decisions()).lock("ada", by="eve")
    (said,) = world.repository.audit("ada")
    assert world.repository.load("ada").policy.lock == Lock("eve", said.at)


async def test_an_approval_and_the_picture_that_it_brought_are_one_event(world: World) -> None:
    world.review = ReviewMode.VISUAL
    await shows(world, 1, 2)
    clock = Clock(world)
    desk = ReviewDesk(world.repository, clock.decisions())
    (waiting,) = desk.waiting()
    desk.settle(waiting, ReviewState.APPROVED, by="eve", why="it is she")
    latest, earlier, *_ = clock.history().events("ada", limit=9)
    assert (latest.action, latest.by, latest.version is not None) == (Action.APPROVE, "eve", True)
    assert earlier.action is None


async def test_a_new_name_is_told_beside_the_picture_that_came_with_it(world: World) -> None:
    await shows(world, 1)
    world.offers("instagram", "ada", 2)
    found = world.providers["instagram"].answers["ada"]
    assert isinstance(found, Found)
    world.providers["instagram"].answers["ada"] = replace(found, handle="lovelace")
    await world.sync()
    told = world.history().events("ada", limit=9)[:2]
    assert {(event.action, event.version is not None) for event in told} == {
        (Action.RENAMED, False),
        (None, True),
    }
