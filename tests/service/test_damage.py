"""What is stored is there: whatever happens to objects, the next look finds it and makes them whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.models import OutcomeKind
from talentimg.store.keys import object_key
from talentimg.store.memory import MemoryObjectStore
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import Picture

FORMS = ("webp-400", "webp-200", "webp-96", "jpeg-400")
DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "lost": lambda _: None,
    "emptied": lambda _: b"",
    "cut": lambda data: data[: len(data) // 2],
    "longer": lambda data: data + b"\0",
    "zeros": lambda data: bytes(len(data)),
    "one bit": lambda data: bytes(byte ^ 1 for byte in data[:1]) + data[1:],
}
TALENTS = ("ada", "bea", "cem")
damage = st.dictionaries(
    st.tuples(st.sampled_from(TALENTS), st.sampled_from(FORMS)), st.sampled_from(sorted(DAMAGE)), max_size=6
)


def new_world() -> World:
    """Three talents with a picture each; the first two have the same one."""
    world = World()
    world.store = MemoryObjectStore(lambda: world.now)
    for talent_id, seed in zip(TALENTS, (1, 1, 2), strict=True):
        world.add(talent_id, "instagram")
        url = world.offers("instagram", talent_id, seed, key=f"key-{seed}")
        world.web.etags[url] = f'"{seed}"'
    return world


def picture_of(world: World, talent_id: str) -> Picture:
    shown = world.repository.load(talent_id).selection.content_hash
    assert shown
    picture = world.repository.picture(shown)
    assert picture
    return picture


def do_damage(world: World, talent_id: str, form: str, how: str) -> None:
    key = picture_of(world, talent_id).rendition(form).key
    damaged = DAMAGE[how](world.store.get(key) or b"")
    if damaged is None:
        world.store.delete(key)
    else:
        world.store.put(key, damaged, "image/webp", anew=True)


def assert_whole(world: World) -> None:
    for talent_id in TALENTS:
        for form in picture_of(world, talent_id).renditions:
            data = world.store.get(form.key)
            assert data is not None, f"{form.name} is gone"
            assert len(data) == form.size
            assert object_key(data, form.key.rpartition(".")[2]) == form.key


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("form", FORMS)
async def test_each_damage_to_each_form_is_healed_by_the_next_look(form: str, how: str) -> None:
    world = new_world()
    await world.run()
    world.pass_time(days=1)
    do_damage(world, "cem", form, how)
    world.pass_time(days=1)
    outcomes, _ = await world.run()
    assert_whole(world)
    assert {outcome.kind for outcome in outcomes.values()} == {OutcomeKind.UNCHANGED}
    assert len(world.web.fetched) == 3 + 1, "only the damaged picture is fetched again"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(damage, st.integers(0, 72)), min_size=2, max_size=4))
def test_after_any_damage_and_one_look_everything_that_a_row_names_is_there_and_whole(
    nights: list[tuple[dict[tuple[str, str], str], int]],
) -> None:
    async def live() -> None:
        world = new_world()
        await world.run()
        for damages, hours in nights:
            world.pass_time(minutes=1)
            for (talent_id, form), how in damages.items():
                do_damage(world, talent_id, form, how)
            world.pass_time(hours=hours)
            outcomes, _ = await world.run()
            assert_whole(world)
            assert {outcome.kind for outcome in outcomes.values()} == {OutcomeKind.UNCHANGED}

    asyncio.run(live())


async def test_whole_pictures_are_looked_for_and_not_read() -> None:
    """Bytes are read when they were written since the last look: once after they were stored."""

    class Counting(MemoryObjectStore):
        reads = 0

        def get(self, key: str) -> bytes | None:
            self.reads += 1
            return super().get(key)

    world = new_world()
    world.store = store = Counting(lambda: world.now)
    await world.run()
    reads = []
    for _ in range(3):
        world.pass_time(days=1)
        before = store.reads
        await world.run()
        reads.append(store.reads - before)
    assert reads == [3 * len(FORMS), 0, 0]


async def test_force_stores_anew_what_looks_right() -> None:
    """Even what no look can notice: bytes that went bad without anybody writing them."""
    world = new_world()
    await world.run()
    form = picture_of(world, "ada").rendition("jpeg-400")
    now = world.now
    world.pass_time(days=-2)
    world.store.put(form.key, bytes(form.size), "image/jpeg", anew=True)
    world.now = now
    world.pass_time(days=1)
    await world.sync(force=True)
    assert_whole(world)


async def test_a_damaged_copy_is_not_given_to_the_next_who_offers_the_same_bytes() -> None:
    world = new_world()
    world.add("dee", "tiktok")
    world.offers("tiktok", "dee", 2)
    await world.sync("ada")
    await world.sync("bea")
    await world.sync("cem")
    world.pass_time(days=1)
    do_damage(world, "cem", "webp-96", "zeros")
    await world.sync("dee")
    assert_whole(world)


async def test_a_picture_without_its_row_is_made_again() -> None:
    """Without the row nobody knows how long its forms have to be."""
    world = new_world()
    await world.run()
    world.repository._pictures.clear()  # type: ignore[attr-defined]  # a row that got lost
    world.pass_time(days=1)
    await world.run()
    assert_whole(world)
