"""A store of pictures that does not work is found before anybody is asked, or leaves the rest due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ConfigError, ObjectError, StoreUnavailable
from talentimg.models import INITIALS, Reason
from talentimg.store.breaker import GuardedStore
from talentimg.store.memory import MemoryObjectStore
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from talentimg.errors import TalentimgError
    from talentimg.store.interface import Held

TALENTS = [f"talent{first}{second}" for first in "abcd" for second in "abcdefghij"]


class Moody(MemoryObjectStore):
    """Works until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.unfit: TalentimgError | None = None
        self.read_only = self.away = False

    def check(self) -> None:
        if self.unfit is not None:
            raise self.unfit

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        if self.read_only or self.away:
            raise ObjectError("A picture could not be written: the store is full.")
        return super().put(key, data, media_type, anew=anew)

    def find(self, key: str) -> Held | None:
        if self.away:
            raise ObjectError("A picture could not be looked for: the store does not answer.")
        return super().find(key)


@pytest.fixture
def store() -> Moody:
    return Moody()


@pytest.fixture
def world(store: Moody) -> World:
    world = World(store=GuardedStore(store), concurrency=1)
    for seed, talent_id in enumerate(TALENTS):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, seed, key=f"key-{seed}")
    return world


async def one(world: World) -> None:
    await world.sync(TALENTS[0])


async def many(world: World) -> None:
    async for _ in world.syncer().sync_many(TALENTS):
        pass


async def due(world: World) -> None:
    await world.run()


@pytest.mark.parametrize("look", [one, many, due])
@pytest.mark.parametrize("error", [ConfigError, StoreUnavailable])
async def test_nobody_is_asked_and_nothing_changes(
    world: World, store: Moody, look: Callable[[World], Awaitable[None]], error: type[TalentimgError]
) -> None:
    store.unfit = error("Pictures cannot be kept.")
    before = world.repository.load_many(TALENTS)
    with pytest.raises(error, match="cannot be kept"):
        await look(world)
    assert world.providers["instagram"].asked == []
    assert world.web.fetched == []
    assert world.repository.load_many(TALENTS) == before
    assert world.repository.count_due(world.now, before=world.now) == len(TALENTS)
    store.unfit = None
    await look(world)
    assert world.providers["instagram"].asked


async def test_disconnecting_takes_effect_all_the_same(world: World, store: Moody) -> None:
    """A person's word does not wait for a bucket."""
    await one(world)
    store.unfit = StoreUnavailable("Pictures cannot be kept.")
    with pytest.raises(StoreUnavailable):
        await world.disconnect(TALENTS[0], "instagram")
    assert world.repository.load(TALENTS[0]).selection.source == INITIALS


async def test_a_store_that_fills_up_during_a_run_ends_it_and_leaves_the_rest_due(
    world: World, store: Moody
) -> None:
    store.read_only = True
    with pytest.raises(StoreUnavailable, match="in a row"):
        await world.run()
    assert len(world.web.fetched) < len(TALENTS), "it is pointless to download more"
    looked_at = [r for r in world.repository.load_many(TALENTS) if r.selection.synced_at]
    assert all(r.candidates["instagram"].reason is Reason.STORAGE for r in looked_at)
    left = world.repository.count_due(world.now, before=world.now)
    assert left == len(TALENTS) - len(looked_at)
    world.pass_time(hours=1, seconds=1)
    store.read_only = False
    yesterday = world.now - timedelta(days=1)
    assert world.repository.count_due(world.now, before=yesterday) == len(TALENTS), "soon, not tomorrow"


async def test_a_store_that_goes_away_costs_nobody_a_picture(world: World, store: Moody) -> None:
    await world.run()
    world.pass_time(days=1)
    shown = {r.talent.id: r.selection.content_hash for r in world.repository.load_many(TALENTS)}
    store.away = True
    with pytest.raises(StoreUnavailable):
        await world.run()
    assert {r.talent.id: r.selection.content_hash for r in world.repository.load_many(TALENTS)} == shown
    store.away = False
    world.pass_time(days=1)
    outcomes, _ = await world.run()
    assert len(outcomes) == len(TALENTS)
