"""Of two people who speak about one talent, the second hears that the first has spoken: on every backend."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import EditedMeanwhile, StoreLocked
from talentimg.models import ReviewMode, ReviewState
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.people.choosing import Brought
from talentimg.service.people.edition import edition_of
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.people.decisions import Decided
    from talentimg.service.people.edition import Editions

    Word = Callable[[World, Editions], Decided]

ODD = datetime(2026, 11, 24, 2, 0, 0, 123_456, tzinfo=UTC)
"""A time of which no store keeps the microseconds."""


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def opened(request: pytest.FixtureRequest) -> Iterator[Callable[[], Repository]]:
    """Opens one roster as one more process would."""
    with ExitStack() as stack:
        if request.param == "memory":
            memory = MemoryRepository()
            yield lambda: memory
        elif request.param == "sqlite":
            path = request.getfixturevalue("new_store")
            yield lambda: stack.enter_context(SqliteRepository.open(path))
        else:
            url = request.getfixturevalue("new_database")
            yield lambda: stack.enter_context(PostgresRepository.open(url))


async def ada(repository: Repository) -> World:
    world = World(repository=repository, now=ODD, review=ReviewMode.OFF)
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    world.offers("tiktok", "ada", 2)
    await world.sync()
    return world


WORDS: dict[str, Word] = {
    "lock": lambda world, seen: world.rules().lock(
        "ada", by="eve", why="p", until=world.now + timedelta(days=1, microseconds=7), editions=seen
    ),
    "unlock": lambda world, seen: world.rules().unlock("ada", by="eve", editions=seen),
    "order": lambda world, seen: world.rules().order("ada", ("tiktok",), by="eve", editions=seen),
    "opt out": lambda world, seen: world.rules().opt_out("ada", "tiktok", by="eve", editions=seen),
    "opt out of all": lambda world, seen: world.rules().opt_out("ada", by="eve", editions=seen),
    "opt in": lambda world, seen: world.rules().opt_in("ada", "tiktok", by="eve", editions=seen),
    "opt in to all": lambda world, seen: world.rules().opt_in("ada", by="eve", editions=seen),
    "choose from": lambda world, seen: world.choosing().choose_from(
        "ada", "instagram", by="eve", editions=seen
    ),
    "unset": lambda world, seen: world.choosing().unset("ada", by="eve", editions=seen),
}


async def test_the_edition_that_is_told_is_the_one_that_is_read(opened: Callable[[], Repository]) -> None:
    world, other = await ada(opened()), opened()
    for name, word in WORDS.items():
        world.pass_time(minutes=1)
        told = edition_of(word(world, None).record)
        assert told == edition_of(other.load("ada")), name


async def test_what_is_said_of_an_edition_that_is_over_is_not_done(opened: Callable[[], Repository]) -> None:
    world = await ada(opened())
    seen = {edition_of(world.repository.load("ada"))}
    world.rules().order("ada", ("tiktok", "instagram"), by="mia")
    before, said = world.repository.load("ada"), world.repository.audit("ada")
    for word in WORDS.values():
        with pytest.raises(EditedMeanwhile, match="Ada has been changed by somebody else"):
            word(world, seen)
    brought = Brought("1.jpg", picture_bytes(7))
    with pytest.raises(EditedMeanwhile):
        await world.choosing().choose("ada", brought, by="eve", editions=seen)
    assert (world.repository.load("ada"), world.repository.audit("ada")) == (before, said)


async def test_of_two_at_once_one_is_done_and_the_other_told(opened: Callable[[], Repository]) -> None:
    world = await ada(opened())
    seen = {edition_of(world.repository.load("ada"))}
    people = [World(repository=opened(), store=world.store, now=ODD, web=world.web) for _ in range(4)]

    def speak(place: int) -> str:
        try:
            people[place].rules().order("ada", ("tiktok",), by=f"p{place}", editions=seen)
        except (EditedMeanwhile, StoreLocked) as error:
            return type(error).__name__
        return "done"

    got = await asyncio.gather(*(asyncio.to_thread(speak, place) for place in range(4)))
    assert sorted(got) == ["EditedMeanwhile"] * 3 + ["done"]
    (said,) = world.repository.audit("ada")
    assert said.by == f"p{got.index('done')}"


class Beaten(MemoryRepository):
    """Somebody else speaks between what a person's word was worked out on and when it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None

    def load(self, talent_id: str) -> TalentRecord:
        record = super().load(talent_id)
        if (meanwhile := self.meanwhile) is not None:
            self.meanwhile = None
            meanwhile()
        return record


@pytest.mark.parametrize("name", ["lock", "order", "opt out", "opt out of all"])
async def test_there_is_no_gap_between_the_look_and_the_write(name: str) -> None:
    repository = Beaten()
    world = await ada(repository)
    seen = {edition_of(repository.load("ada"))}
    repository.meanwhile = lambda: world.rules().order("ada", ("tiktok", "instagram"), by="mia")
    with pytest.raises(EditedMeanwhile):
        WORDS[name](world, seen)
    assert [e.by for e in repository.audit("ada")] == ["mia"]


async def test_a_picture_is_settled_by_whoever_has_seen_the_talent() -> None:
    world = await ada(MemoryRepository())
    world.review = ReviewMode.ALL
    world.pass_time(days=2)
    world.offers("instagram", "ada", 9)
    await world.sync(force=True)
    (waiting,) = world.desk().waiting()
    seen = {edition_of(world.repository.load("ada"))}
    world.rules().order("ada", ("instagram",), by="mia")
    with pytest.raises(EditedMeanwhile):
        world.desk().decide(waiting, ReviewState.APPROVED, by="eve", editions=seen)
    seen = {edition_of(world.repository.load("ada"))}
    done = world.desk().decide(waiting, ReviewState.APPROVED, by="eve", editions=seen)
    assert done.outcome.content_hash == waiting.content_hash
