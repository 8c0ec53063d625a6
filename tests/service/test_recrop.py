"""Stored pictures are cut by the rule of today, and nobody loses one, whatever happens on the way."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from talentimg.errors import ObjectError, StoreUnavailable
from talentimg.images.square import RULE
from talentimg.models import Lock, OutcomeKind, Policy, Suspect
from talentimg.repository.dry import DryRepository
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.duplicates import LIMIT
from talentimg.service.run.recrop import MASTER_DAMAGED, MASTER_LOST, Recropper, Recut, RecutPicture
from talentimg.store.breaker import FAILURES, GuardedStore
from talentimg.store.dry import DryObjectStore
from talentimg.store.keys import object_key
from talentimg.store.memory import MemoryObjectStore
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from talentimg.models import Picture
    from talentimg.repository.interface import Repository
    from talentimg.store.interface import ObjectStore

OTHER = "centre"
PUBLIC = "https://pictures.example"


def tall_bytes(seed: int) -> bytes:
    """A picture of one and a half times its width."""
    with Image.open(io.BytesIO(picture_bytes(seed))) as square:
        buffer = io.BytesIO()
        square.resize((120, 180)).save(buffer, "JPEG")
    return buffer.getvalue()


def offers(world: World, talent_id: str, seed: int, *, tall: bool = True) -> None:
    url = world.offers("instagram", talent_id, seed, key=f"key-{seed}")
    if tall:
        world.web.pictures[url] = tall_bytes(seed)


async def synced(*talent_ids: str, world: World | None = None) -> World:
    """A world in which each of these has a tall picture of their own, cut by another rule."""
    made = world or World(public_url=PUBLIC)
    for seed, talent_id in enumerate(talent_ids):
        made.add(talent_id, "instagram")
        offers(made, talent_id, seed)
    await made.run()
    age(made, made.repository)
    return made


def age(world: World, repository: Repository) -> None:
    """As if another rule had cut all that is stored."""
    for one in repository.to_recut("none", world.now, limit=1000):
        old = one.picture
        repository.recut(old, replace(old, crop=OTHER), world.now, why="", by="")


def recropper(
    world: World, *, repository: Repository | None = None, store: ObjectStore | None = None
) -> Recropper:
    return Recropper(repository or world.repository, store or world.store, lambda: world.now)


async def recrop(world: World, limit: int | None = None) -> list[RecutPicture]:
    return [done async for done in recropper(world).recrop(limit=limit)]


async def into(done: list[RecutPicture], work: Recropper) -> None:
    async for picture in work.recrop():
        done.append(picture)  # noqa: PERF401  what came before an error counts


def results(done: list[RecutPicture]) -> Counter[Recut]:
    return Counter(picture.result for picture in done)


def shown(world: World, talent_id: str) -> Picture:
    content_hash = world.repository.load(talent_id).selection.content_hash
    assert content_hash is not None, f"{talent_id} has lost their picture"
    picture = world.repository.picture(content_hash)
    assert picture is not None, "what is shown has no row"
    return picture


def assert_whole(world: World, talent_id: str, *, but: tuple[str, ...] = ()) -> None:
    """Everything that is shown for a talent is in the store, and offered by a source."""
    picture = shown(world, talent_id)
    record = world.repository.load(talent_id)
    for form in picture.renditions:
        data = world.store.get(form.key)
        if form.name not in but:
            assert data is not None, f"{form.name} of {talent_id} is not in the store"
            assert object_key(data, form.key.rpartition(".")[2]) == form.key
    assert record.selection.url == f"{PUBLIC}/{picture.shown.key}"
    assert all(
        c.content_hash and world.repository.picture(c.content_hash) for c in record.candidates.values()
    )


# -- what it does -----------------------------------------------------------


async def test_what_another_rule_cut_is_cut_by_the_rule_of_today() -> None:
    world = await synced("ada", "bea")
    before = {talent_id: shown(world, talent_id) for talent_id in ("ada", "bea")}
    done = await recrop(world)
    assert results(done) == {Recut.CUT: 2}
    for talent_id, old in before.items():
        new = shown(world, talent_id)
        assert (new.crop, new.source_hash, new.master) == (RULE, old.source_hash, old.master)
        assert RecutPicture(Recut.CUT, (talent_id,), old.content_hash, new.content_hash) in done
        assert_whole(world, talent_id)
    assert await recrop(world) == []


async def test_no_platform_is_asked_and_the_next_look_finds_nothing_new() -> None:
    world = await synced("ada")
    fetched = list(world.web.fetched)
    await recrop(world)
    new = shown(world, "ada")
    assert world.web.fetched == fetched
    world.pass_time(days=1)
    assert (await world.sync()).kind is OutcomeKind.UNCHANGED
    assert shown(world, "ada") == new
    assert world.web.fetched == fetched


async def test_talents_who_share_a_picture_are_served_at_once_and_newcomers_get_the_new_cut() -> None:
    world = await synced("ada")
    world.add("bea", "instagram")
    offers(world, "bea", 0)
    await world.sync("bea")
    (done,) = await recrop(world)
    assert done.talent_ids == ("ada", "bea")
    world.add("cem", "instagram")
    offers(world, "cem", 0)
    await world.sync("cem")
    assert shown(world, "cem") == shown(world, "ada") == shown(world, "bea")


async def test_the_history_tells_it_and_a_look_that_takes_the_picture_back_goes_to_the_one_before() -> None:
    world = World(public_url=PUBLIC)
    world.add("ada", "instagram")
    offers(world, "ada", 7)
    await world.run()
    first = shown(world, "ada")
    offers(world, "ada", 8)
    world.pass_time(days=1)
    await world.run()
    age(world, world.repository)
    world.pass_time(hours=1)
    await recrop(world)
    picture = shown(world, "ada")
    last, *_ = world.repository.history("ada")
    assert (last.by, last.to_hash, last.from_source) == ("recrop", picture.content_hash, "instagram")
    suspect(world, picture)
    await world.sync()
    assert shown(world, "ada").source_hash == first.source_hash


async def test_an_older_cut_of_a_placeholder_does_not_come_back() -> None:
    """Ada showed the placeholder, as Bea still does, before that was cut anew; then came another one."""
    world = await synced("ada", "bea")
    first = shown(world, "ada")
    for talent_id in ("ada", "bea"):
        offers(world, talent_id, 50)
        await world.sync(talent_id)
    offers(world, "ada", 51)
    await world.sync("ada")
    old = shown(world, "bea")
    suspect(world, old)
    world.repository.recut(old, replace(old, crop=OTHER, likeness=None), world.now, why="", by="")
    await recrop(world)
    suspect(world, shown(world, "ada"))
    await world.sync("ada")
    assert shown(world, "ada").source_hash == first.source_hash


def suspect(world: World, picture: Picture) -> None:
    world.repository.save_suspect(
        Suspect("instagram", picture.source_hash, picture.content_hash, world.now, LIMIT)
    )


async def test_a_lock_holds() -> None:
    world = await synced("ada", "bea")
    world.repository.save_policy("ada", Policy(Lock("eve", world.now)))
    before = world.repository.load("ada")
    assert [done.talent_ids for done in await recrop(world)] == [("bea",)]
    assert world.repository.load("ada") == before
    assert_whole(world, "ada")


async def test_square_pictures_are_left_alone() -> None:
    world = World(public_url=PUBLIC)
    world.add("ada", "instagram")
    offers(world, "ada", 1, tall=False)
    await world.run()
    assert shown(world, "ada").master is None
    assert await recrop(world) == []


async def test_a_picture_without_a_master_is_told_and_stays() -> None:
    world = await synced("ada", "bea")
    old = shown(world, "ada")
    bare = replace(old, renditions=old.renditions[:4])
    world.repository.recut(old, bare, world.now, why="", by="")
    done = await recrop(world)
    assert results(done) == {Recut.NO_MASTER: 1, Recut.CUT: 1}
    assert shown(world, "ada") == bare


@pytest.mark.parametrize("damage", ["lost", "damaged"])
async def test_a_master_that_is_lost_or_damaged_costs_nobody_anything(damage: str) -> None:
    world = await synced("ada", "bea")
    old = shown(world, "ada")
    key = old.rendition("master").key
    if damage == "lost":
        world.store.delete(key)
    else:
        world.store.put(key, bytes(old.rendition("master").size), "image/jpeg", anew=True)
    for _ in range(2):
        done = {picture.talent_ids: picture for picture in await recrop(world)}
        assert done["ada",].result is Recut.FAILED
        assert done["ada",].detail == (MASTER_LOST if damage == "lost" else MASTER_DAMAGED)
        assert shown(world, "ada") == old
    assert_whole(world, "ada", but=("master",))
    world.pass_time(days=1)
    await world.run()
    assert_whole(world, "ada")
    assert shown(world, "ada").crop == RULE


# -- in pieces --------------------------------------------------------------

PEOPLE = tuple(f"talent{number:02}" for number in range(11))


@pytest.mark.parametrize("limit", [1, 4, 8, 9])
async def test_a_limit_is_kept_and_the_next_call_goes_on(limit: int) -> None:
    world = await synced(*PEOPLE)
    seen: list[str] = []
    while done := await recrop(world, limit):
        assert len(done) <= limit
        seen += [picture.content_hash for picture in done]
    assert len(seen) == len(set(seen)) == len(PEOPLE)


async def test_what_fails_again_and_again_keeps_no_others_waiting() -> None:
    world = await synced(*PEOPLE)
    for talent_id in PEOPLE[:9]:
        world.store.delete(shown(world, talent_id).rendition("master").key)
    assert results(await recrop(world, 1)) >= Counter({Recut.CUT: 1})
    assert results(await recrop(world, 1)) >= Counter({Recut.CUT: 1})
    assert results(await recrop(world)) == {Recut.FAILED: 9}


async def test_it_can_be_stopped_and_finishes_what_it_has_begun() -> None:
    world = await synced(*PEOPLE)
    work = recropper(world)
    done = []
    async for picture in work.recrop():
        done.append(picture)
        work.stop()
    assert 0 < len(done) < len(PEOPLE)
    assert results(await recrop(world)) == {Recut.CUT: len(PEOPLE) - len(done)}


async def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    world = await synced("ada", "bea")
    before = [world.repository.load(talent_id) for talent_id in ("ada", "bea")]
    dry = recropper(world, repository=DryRepository(world.repository), store=DryObjectStore(world.store))
    would = [picture async for picture in dry.recrop()]
    assert [world.repository.load(talent_id) for talent_id in ("ada", "bea")] == before
    assert not any(world.store.exists(f"{p.new_content_hash:.2}/{p.new_content_hash}.webp") for p in would)
    assert await recrop(world) == would


async def test_several_at_once_do_it_once() -> None:
    world = await synced(*PEOPLE)
    both = await asyncio.gather(recrop(world), recrop(world), recrop(world))
    talents = Counter(talent for done in both for picture in done for talent in picture.talent_ids)
    assert talents == Counter(PEOPLE)
    for talent_id in PEOPLE:
        assert_whole(world, talent_id)
        assert len(world.repository.history(talent_id)) == 2


async def test_a_night_beside_it_does_no_harm() -> None:
    world = await synced(*PEOPLE)
    for _ in range(3):
        world.pass_time(days=1)
        age(world, world.repository)
        await asyncio.gather(world.run(), recrop(world), world.run())
        for talent_id in PEOPLE:
            assert_whole(world, talent_id)
    await recrop(world)
    assert {shown(world, talent_id).crop for talent_id in PEOPLE} == {RULE}


async def test_a_store_that_is_away_stops_it_and_what_was_done_is_told() -> None:
    class Full(MemoryObjectStore):
        room = 1000

        def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
            if self.room == 0:
                raise ObjectError("The store is full.")
            self.room -= 1
            return super().put(key, data, media_type, anew=anew)

    people = [f"talent{number:02}" for number in range(6 + 2 * FAILURES)]
    store = Full()
    world = await synced(*people, world=World(public_url=PUBLIC, store=store))
    store.room = 25  # whichever come first, the forms of a picture are all written
    done: list[RecutPicture] = []
    with pytest.raises(StoreUnavailable, match="full"):
        await into(done, recropper(world, store=GuardedStore(store)))
    assert results(done)[Recut.CUT] >= 1
    for talent_id in people:
        assert_whole(world, talent_id)
    store.room = 1000
    await recrop(world)
    assert {shown(world, talent_id).crop for talent_id in people} == {RULE}


async def test_an_internal_error_costs_one_picture_only() -> None:
    class Odd(MemoryObjectStore):
        def get(self, key: str) -> bytes | None:
            if key == self.odd:
                raise KeyError(key)
            return super().get(key)

        odd = ""

    store = Odd()
    world = await synced("ada", "bea", world=World(public_url=PUBLIC, store=store))
    store.odd = shown(world, "ada").rendition("master").key
    assert results(await recrop(world)) == {Recut.FAILED: 1, Recut.CUT: 1}


# -- never ------------------------------------------------------------------


NEVER = 10_000


class Killed(BaseException):
    """The process ends here."""


class DyingStore(MemoryObjectStore):
    """Dies at one of its puts, before or after it."""

    until, after = NEVER, False

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        self.until -= 1
        if self.until == 0 and not self.after:
            raise Killed
        done = super().put(key, data, media_type, anew=anew)
        if self.until == 0:
            raise Killed
        return done


class DyingRepository(MemoryRepository):
    """Dies at one of its writes, before or after it."""

    until, after = NEVER, False

    def recut(self, old: Picture, new: Picture, now: object, **words: str) -> list[str]:
        self.until -= 1
        if self.until == 0 and not self.after:
            raise Killed
        done = super().recut(old, new, now, **words)  # type: ignore[arg-type]
        if self.until == 0:
            raise Killed
        return done


class Life:
    """A few talents, some with the same picture, and all that may happen to them."""

    def __init__(self) -> None:
        self.repository, self.store = DyingRepository(), DyingStore()
        self.world = World(public_url=PUBLIC, repository=self.repository, store=self.store)

    async def begin(self, pictures: list[tuple[int, bool]]) -> None:
        self.people = PEOPLE[: len(pictures)]
        for talent_id, (seed, tall) in zip(self.people, pictures, strict=True):
            self.world.add(talent_id, "instagram")
            offers(self.world, talent_id, 10 * seed + tall, tall=tall)
            await self.world.sync(talent_id)  # one by one, so that nothing is treated as a placeholder
        await self.another_rule()

    async def recrop(self, limit: int) -> None:
        await recrop(self.world, limit)

    async def die_storing(self, until: int, *, after: bool) -> None:
        self.store.until, self.store.after = until, after
        with suppress(Killed):
            await recrop(self.world)
        self.store.until = NEVER

    async def die_writing(self, until: int, *, after: bool) -> None:
        self.repository.until, self.repository.after = until, after
        with suppress(Killed):
            await recrop(self.world)
        self.repository.until = NEVER

    async def lose_a_master(self, number: int) -> None:
        master = shown(self.world, self.people[number]).master
        if master is not None:
            self.store.delete(master.key)

    async def lock(self, number: int) -> None:
        self.repository.save_policy(self.people[number], Policy(Lock("eve", self.world.now)))

    async def another_rule(self) -> None:
        age(self.world, self.repository)

    async def sync(self) -> None:
        await self.world.run()

    def is_cut(self, talent_id: str) -> bool:
        """Whether it is cut by the rule of today, unless it cannot or must not be."""
        picture = shown(self.world, talent_id)
        has_master = picture.master is not None and self.store.exists(picture.master.key)
        is_locked = self.repository.load(talent_id).policy.lock is not None
        return picture.crop == RULE or is_locked or not has_master


PICTURES = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=5, max_size=5).filter(
    lambda pictures: max(Counter(seed for seed, _ in pictures).values()) < LIMIT  # else it is no face
)
EVENTS = st.one_of(
    st.builds(lambda n: lambda life: life.recrop(n), st.integers(1, 6)),
    st.builds(
        lambda n, after: lambda life: life.die_storing(n, after=after), st.integers(1, 20), st.booleans()
    ),
    st.builds(
        lambda n, after: lambda life: life.die_writing(n, after=after), st.integers(1, 5), st.booleans()
    ),
    st.builds(lambda n: lambda life: life.lose_a_master(n), st.integers(0, 4)),
    st.builds(lambda n: lambda life: life.lock(n), st.integers(0, 4)),
    st.just(Life.another_rule),
    st.just(Life.sync),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS, min_size=1, max_size=6), PICTURES)
def test_whatever_happens_whoever_had_a_picture_has_one_and_all_that_is_shown_is_stored(
    events: list[Callable[[Life], Awaitable[None]]], pictures: list[tuple[int, bool]]
) -> None:
    async def live() -> None:
        life = Life()
        await life.begin(pictures)
        for event in events:
            life.world.pass_time(hours=13)
            await event(life)
            for talent_id in life.people:
                assert_whole(life.world, talent_id, but=("master",))
        await recrop(life.world)
        assert all(life.is_cut(talent_id) for talent_id in life.people)

    asyncio.run(live())
