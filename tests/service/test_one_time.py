"""A word has one time wherever it is kept, however often the clock is read, on every kind of store."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Lock
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.decision.chain import Rules
from talentimg.service.decision.resolver import Resolver
from talentimg.service.people.decisions import Decisions
from talentimg.service.people.history import History
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
