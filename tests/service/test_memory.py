"""However many hosts send large pictures at once, only a few of these are held."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.models import OutcomeKind
from talentimg.service.lookup.memory import LARGE_AT_ONCE, SMALL, LargePictures
from talentimg.store.memory import MemoryObjectStore
from tests.service.world import FakeWeb, World
from tests.waiting import until

if TYPE_CHECKING:
    from talentimg.http.interface import Fetched, NotModified, Room

SIZES = st.lists(st.lists(st.integers(0, 4 * SMALL), max_size=5).map(sorted), max_size=12)


@given(SIZES, st.integers(1, 4))
def test_never_are_more_large_ones_held_than_there_is_room_for(
    pictures: list[list[int]], at_once: int
) -> None:
    large = LargePictures(at_once)
    held: set[int] = set()
    most = 0

    async def fetch(number: int, sizes: list[int]) -> None:
        nonlocal most
        async with large.room() as room:
            for size in sizes:
                await room.make(size)
                if size > SMALL:
                    held.add(number)
                    most = max(most, len(held))
                await asyncio.sleep(0)
            held.discard(number)

    async def fetch_all() -> None:
        async with asyncio.TaskGroup() as group:
            for number, sizes in enumerate(pictures):
                group.create_task(fetch(number, sizes))

    asyncio.run(fetch_all())
    assert most <= at_once
    assert not held


async def test_a_failed_one_gives_its_room_back() -> None:
    large = LargePictures(1)
    for _ in range(3):
        with pytest.raises(ConnectionResetError):
            await _cut_off(large)


async def _cut_off(large: LargePictures) -> None:
    async with large.room() as room:
        await room.make(SMALL + 1)
        raise ConnectionResetError


class SlowStore(MemoryObjectStore):
    """Keeps nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        assert self.may_go_on.wait(60)
        return super().put(key, data, media_type, anew=anew)


class LargeWeb(FakeWeb):
    """Says of every picture that it is a large one."""

    def __init__(self) -> None:
        super().__init__()
        self.came = 0

    async def fetch_picture(
        self, url: str, *, room: Room | None = None, **options: Any
    ) -> Fetched | NotModified:
        assert room is not None
        await room.make(SMALL + 1)
        self.came += 1
        return await super().fetch_picture(url, room=room, **options)


async def test_a_large_one_is_held_until_it_is_stored() -> None:
    world = World()
    world.web = web = LargeWeb()
    world.store = store = SlowStore()
    talents = [f"talent{number:02}" for number in range(LARGE_AT_ONCE + 4)]
    for seed, talent_id in enumerate(talents):
        world.add(talent_id, "instagram")
        world.offers("instagram", talent_id, seed)

    many = asyncio.ensure_future(_outcomes(world, talents))
    await until(lambda: web.came >= LARGE_AT_ONCE)
    await asyncio.sleep(0.05)
    came = web.came
    store.may_go_on.set()

    assert came == LARGE_AT_ONCE
    assert await many == [OutcomeKind.UPDATED] * len(talents)


async def _outcomes(world: World, talents: list[str]) -> list[OutcomeKind]:
    return [outcome.kind async for outcome in world.syncer().sync_many(talents)]
