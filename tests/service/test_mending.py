"""What is shown is really stored, even when nobody gives it any more: it is made anew from what is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.errors import ObjectError, PictureError, ProviderError, ReconnectRequired
from talentimg.models import Lock, OutcomeKind, Policy, Reason, Suspect
from talentimg.models.likeness import alike
from talentimg.service.lookup.mending import MADE_ANEW
from talentimg.store.forms import is_whole
from talentimg.store.memory import MemoryObjectStore
from tests.images.samples import segment, with_segments
from tests.service.test_recrop import tall_bytes
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.models import Picture

FORMS = ("webp-400", "webp-200", "webp-96", "jpeg-400")
BAD: dict[str, Callable[[bytes], bytes | None]] = {
    "lost": lambda _: None,
    "emptied": lambda _: b"",
    "cut": lambda data: data[: len(data) // 2],
    "zeros": lambda data: bytes(len(data)),
}


def times_out(world: World) -> None:
    world.fails("instagram", "ada")


def is_away(world: World) -> None:
    for url in world.web.pictures:
        world.web.pictures[url] = PictureError("No answer.", reason=Reason.TIMEOUT)


def is_somebody_else(world: World) -> None:
    trouble = ProviderError("It is another account.", reason=Reason.IDENTITY)
    world.fails("instagram", "ada", trouble)


def wants_the_person(world: World) -> None:
    world.fails("instagram", "ada", ReconnectRequired("Expired."))


def gives_a_placeholder(world: World) -> None:
    world.web.pictures[world.offers("instagram", "ada", 2)] = PictureError("Flat.", reason=Reason.PLACEHOLDER)


def is_gone_for_once(world: World) -> None:
    world.lacks("instagram", "ada")


TROUBLES = (times_out, is_away, is_somebody_else, wants_the_person, gives_a_placeholder, is_gone_for_once)


async def shown(*, tall: bool = False) -> World:
    world = World(public_url="https://pictures.example")
    world.store = MemoryObjectStore(lambda: world.now)
    world.add("ada", "instagram")
    url = world.offers("instagram", "ada", 1, key="key")
    if tall:
        world.web.pictures[url] = tall_bytes(1)
    await world.run()
    world.pass_time(days=1)
    return world


def picture(world: World) -> Picture:
    found = world.repository.picture(world.repository.load("ada").selection.content_hash or "")
    assert found
    return found


def damage(world: World, form: str, how: str) -> None:
    there = picture(world).rendition(form)
    bad = BAD[how](world.store.get(there.key) or b"")
    if bad is None:
        world.store.delete(there.key)
    else:
        world.store.put(there.key, bad, there.media_type, anew=True)


def assert_whole(world: World) -> None:
    row = picture(world)
    assert is_whole(world.store, row, seen_at=row.created_at)
    assert world.repository.load("ada").selection.url == f"https://pictures.example/{row.shown.key}"


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("how", BAD)
async def test_the_next_look_makes_whole_what_its_source_does_not_give(
    trouble: Callable[[World], None], form: str, how: str
) -> None:
    world = await shown()
    before = picture(world)
    trouble(world)
    damage(world, form, how)
    outcomes, _ = await world.run()
    assert_whole(world)
    assert outcomes["ada"].kind is not OutcomeKind.DEMOTED
    assert outcomes["ada"].source == "instagram"
    assert alike(picture(world).likeness, before.likeness)
    assert (picture(world).content_hash == before.content_hash) == (form != "webp-400")


nights = st.lists(
    st.tuples(
        st.sampled_from(TROUBLES),
        st.sampled_from([*FORMS, "master"]),
        st.dictionaries(st.sampled_from([*FORMS, "master"]), st.sampled_from(sorted(BAD)), min_size=1),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans(), nights)
def test_as_long_as_one_form_is_left_the_picture_is_whole_after_a_look(
    tall: bool, nights: list[tuple[Callable[[World], None], str, dict[str, str]]]
) -> None:
    async def live() -> None:
        world = await shown(tall=tall)
        before = picture(world)
        for trouble, spared, damages in nights:
            trouble(world)
            forms = {form.name: form.key for form in picture(world).renditions}
            safe = forms.get(spared, forms["jpeg-400"])  # of a small picture, several forms are the same
            for form in (form for form in damages if forms.get(form, safe) != safe):
                damage(world, form, damages[form])
            await world.sync()
            assert_whole(world)
            assert alike(picture(world).likeness, before.likeness)
            world.pass_time(hours=3)

    asyncio.run(live())


async def test_nothing_is_made_of_what_is_whole_and_nobody_is_asked_twice() -> None:
    world = await shown()
    times_out(world)
    world.providers["instagram"].asked.clear()
    await world.run()
    assert len(world.repository.history("ada")) == 1
    assert world.providers["instagram"].asked == ["ada"]


async def test_the_history_tells_that_it_is_the_same_picture() -> None:
    world = await shown()
    times_out(world)
    damage(world, "webp-400", "emptied")
    await world.sync()
    last, first = world.repository.history("ada")
    assert (last.why, last.by, last.from_hash) == (MADE_ANEW, "mend", first.to_hash)


async def test_what_brought_a_picture_is_known_although_it_was_made_anew() -> None:
    """A suspicion against it takes it away, and does not lead back to its own lost form."""
    world = await shown()
    times_out(world)
    damage(world, "webp-400", "lost")
    await world.sync()
    row = picture(world)
    world.repository.save_suspect(Suspect("instagram", row.source_hash, row.content_hash, world.now, 3))
    assert (await world.sync()).content_hash is None


async def test_a_placeholder_does_not_come_back_as_what_was_made_anew_of_it() -> None:
    """It was made anew on one night, and given again on the next; and nobody can tell what it looks like."""
    world = await shown()
    row = replace(picture(world), likeness=None)
    world.repository.recut(row, row, world.now, why="", by="")
    damage(world, "webp-400", "lost")
    times_out(world)
    await world.sync()
    assert picture(world).likeness is None
    world.offers("instagram", "ada", 1, key="key")
    world.pass_time(days=1)
    await world.sync()
    again = replace(picture(world), likeness=None)
    assert again.content_hash == row.content_hash
    world.repository.recut(again, again, world.now, why="", by="")
    world.repository.save_suspect(Suspect("instagram", row.source_hash, row.content_hash, world.now, 3))
    times_out(world)
    assert (await world.sync()).content_hash is None


@pytest.mark.parametrize("how", BAD)
async def test_what_is_shown_again_in_place_of_a_placeholder_is_whole(how: str) -> None:
    """It was damaged while it was shown, and nobody has seen it whole since."""
    world = await shown()
    damage(world, "webp-400", how)
    world.pass_time(hours=1)
    world.offers("instagram", "ada", 2)
    await world.sync()
    row = picture(world)
    world.repository.save_suspect(Suspect("instagram", row.source_hash, row.content_hash, world.now, 3))
    world.pass_time(days=1)
    assert (await world.sync()).content_hash is not None
    assert picture(world).source_hash != row.source_hash
    assert_whole(world)


@pytest.mark.parametrize("how", BAD)
async def test_an_earlier_picture_that_is_shown_again_is_whole(how: str) -> None:
    """The source above fell silent, then the one that took over is gone."""
    world = await shown()
    row = picture(world)
    damage(world, "webp-400", how)
    world.add("bea", "instagram", "tiktok")
    world.offers("instagram", "bea", 1, key="key")
    world.fails("tiktok", "bea")
    await world.sync("bea")
    assert row.source_hash == picture(world).source_hash
    world.offers("tiktok", "bea", 3)
    world.fails("instagram", "bea")
    for _ in range(9):
        world.pass_time(days=1)
        await world.sync("bea")
    assert world.repository.load("bea").selection.source == "tiktok"
    there = world.repository.picture(world.repository.load("bea").candidates["instagram"].content_hash or "")
    assert there
    world.store.delete(there.shown.key)
    world.lacks("tiktok", "bea")
    for _ in range(3):
        world.pass_time(days=1)
        await world.sync("bea")
    shown_now = world.repository.load("bea").selection
    assert shown_now.source == "instagram"
    again = world.repository.picture(shown_now.content_hash or "")
    assert again
    assert is_whole(world.store, again, seen_at=again.created_at)


async def test_if_nothing_is_left_the_row_stays_and_the_source_is_waited_for() -> None:
    world = await shown()
    times_out(world)
    for form in FORMS:
        damage(world, form, "lost")
    assert (await world.sync()).kind is OutcomeKind.KEPT
    world.offers("instagram", "ada", 1, key="key")
    assert (await world.sync()).kind is OutcomeKind.UNCHANGED
    assert_whole(world)


async def test_a_lock_leaves_even_what_is_damaged_as_it_is() -> None:
    world = await shown()
    damage(world, "webp-200", "lost")
    world.repository.save_policy("ada", Policy(lock=Lock("eve", world.now)))
    before = world.repository.load("ada").selection.content_hash
    assert isinstance(world.store, MemoryObjectStore)
    objects = dict(world.store._objects)
    assert (await world.sync()).kind is OutcomeKind.LOCKED
    assert world.repository.load("ada").selection.content_hash == before
    assert world.store._objects == objects


async def test_a_store_that_fails_meanwhile_stops_nobody() -> None:
    class Failing(MemoryObjectStore):
        asked = count()

        def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
            if anew and next(self.asked) < 1:
                raise ObjectError("No space left.")
            return super().put(key, data, media_type, anew=anew)

    world = await shown()
    times_out(world)
    damage(world, "webp-96", "lost")
    failing = Failing(lambda: world.now)
    assert isinstance(world.store, MemoryObjectStore)
    failing._objects = world.store._objects
    world.store = failing
    assert (await world.sync()).kind is OutcomeKind.KEPT
    await world.sync()
    assert_whole(world)


def stored(world: World) -> tuple[Picture, dict[str, bytes | None]]:
    row = picture(world)
    return row, {form.name: world.store.get(form.key) for form in row.renditions}


@pytest.mark.parametrize("etag", [None, '"etag"'])
@pytest.mark.parametrize("key", [None, "key"])
async def test_after_one_night_of_too_many_requests_the_original_is_back_in_full_size(
    key: str | None, etag: str | None
) -> None:
    world = await shown()
    url = world.offers("instagram", "ada", 1, key=key)
    world.web.etags = {url: etag} if etag else {}
    await world.run(force=True)
    first = stored(world)
    for form in ("webp-400", "webp-200", "jpeg-400"):
        damage(world, form, "lost")
    world.web.pictures[url] = PictureError("Too many requests.", reason=Reason.THROTTLED)
    world.pass_time(days=1)
    await world.run()
    assert [form.side for form in picture(world).renditions] == [96] * 4
    world.offers("instagram", "ada", 1, key=key)
    world.pass_time(days=1)
    await world.run()
    assert stored(world) == first
    assert_whole(world)


ways = st.tuples(st.sampled_from([None, "key"]), st.sampled_from([None, '"etag"']), st.booleans())
"""The key and the validator by which a platform tells that its picture is the same; whether that is tall."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ways, nights, st.integers(1, 2))
def test_what_was_made_anew_never_outlasts_the_first_night_on_which_the_original_is_there(
    way: tuple[str | None, str | None, bool], nights: list[tuple[object, str, dict[str, str]]], people: int
) -> None:
    """The same forms are back, for all whose picture it is; then nothing is fetched for it."""
    key, etag, tall = way

    async def live() -> None:
        world = World(public_url="https://pictures.example")
        world.store = MemoryObjectStore(lambda: world.now)
        names = ("ada", "bea")[:people]
        for name in names:
            world.add(name, "instagram")
        good_night(world, names)
        await world.run()
        first = stored(world)
        for _, spared, damages in nights:
            world.pass_time(days=1)
            for name in names:
                world.fails("instagram", name)
            forms = {form.name: form.key for form in picture(world).renditions}
            safe = forms.get(spared, forms["jpeg-400"])
            for form in (form for form in damages if forms.get(form, safe) != safe):
                damage(world, form, damages[form])
            await world.run()
            assert_whole(world)
        for _ in range(2):
            world.pass_time(days=1)
            good_night(world, names)
            world.web.fetched.clear()
            await world.run()
            assert stored(world) == first
            assert len({world.repository.load(name).selection.content_hash for name in names}) == 1
        assert len(world.web.fetched) == (0 if key else people)

    def good_night(world: World, names: tuple[str, ...]) -> None:
        for name in names:
            url = world.offers("instagram", name, 1, key=key)
            world.web.pictures[url] = tall_bytes(1) if tall else world.web.pictures[url]
            world.web.etags = {**world.web.etags, **({url: etag} if etag else {})}

    asyncio.run(live())


async def test_the_same_picture_in_other_bytes_is_not_fetched_again_and_again() -> None:
    """Two talents have it with and without a comment: one copy, which is not made of its own form."""
    world = await shown()
    world.add("bea", "instagram")
    url = world.offers("instagram", "bea", 1, key="hers")
    world.web.pictures[url] = with_segments(picture_bytes(1), segment(0xFE, b"From bea's telephone."))
    for _ in range(2):
        await world.run()
        world.pass_time(days=1)
    assert picture(world).content_hash == world.repository.load("bea").selection.content_hash
    world.web.fetched.clear()
    await world.run()
    assert world.web.fetched == []
