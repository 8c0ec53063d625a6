"""What is stored is cut by faces where somebody finds them, and only where that is another square."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from talentimg.images.renditions import FACES_NOT_SOUGHT
from talentimg.images.square import FACES_RULE, Face
from talentimg.service.run.recrop import Recropper, Recut
from tests.service.test_recrop import (
    NEVER,
    PEOPLE,
    PUBLIC,
    DyingStore,
    assert_whole,
    recrop,
    results,
    shown,
    synced,
)
from tests.service.world import World

if TYPE_CHECKING:
    from PIL import Image


async def test_whoever_installs_a_finder_of_faces_can_have_what_is_stored_cut_by_it() -> None:
    world = await synced("ada", "bea")
    await recrop(world)
    finder = Recropper(
        world.repository, world.store, lambda: world.now, find_faces=lambda _: [Face(10, 140, 60, 175)]
    )
    assert results([done async for done in finder.recrop()]) == {Recut.CUT: 2}
    for talent_id in ("ada", "bea"):
        assert (shown(world, talent_id).crop, shown(world, talent_id).faces) == (FACES_RULE, 1)
        assert_whole(world, talent_id)
    assert [done async for done in finder.recrop()] == []


async def test_a_finder_that_finds_no_face_changes_no_square_no_address_and_no_history() -> None:
    store = DyingStore()
    world = await synced("ada", "bea", world=World(public_url=PUBLIC, store=store))
    await recrop(world)
    before = [(world.repository.load(one), world.repository.history(one)) for one in ("ada", "bea")]
    old, store.until = shown(world, "ada"), NEVER
    finder = Recropper(world.repository, world.store, lambda: world.now, find_faces=lambda _: [])
    done = [done async for done in finder.recrop()]
    assert results(done) == {Recut.SAME: 2}
    assert all(picture.new_content_hash == picture.content_hash for picture in done)
    assert shown(world, "ada") == replace(old, crop=FACES_RULE, faces=0)
    assert [done async for done in finder.recrop()] == []
    assert results(await recrop(world)) == {Recut.SAME: 2}, "and without the extra again"
    assert [(world.repository.load(one), world.repository.history(one)) for one in ("ada", "bea")] == before
    assert store.until == NEVER, "nothing is stored"


@pytest.mark.parametrize("limit", [1, None])
async def test_where_faces_cannot_be_looked_for_nothing_is_cut_by_a_rule_that_does_without(
    limit: int | None,
) -> None:
    def broken(image: Image.Image) -> NoReturn:
        raise ImportError("libGL.so.1")

    world = await synced(*PEOPLE)
    before = {talent_id: shown(world, talent_id) for talent_id in PEOPLE}
    for _ in range(2):
        finder = Recropper(world.repository, world.store, lambda: world.now, find_faces=broken)
        done = [picture async for picture in finder.recrop(limit=limit)]
        assert Counter(talent for picture in done for talent in picture.talent_ids) == Counter(PEOPLE)
        assert {(picture.result, picture.detail) for picture in done} == {(Recut.FAILED, FACES_NOT_SOUGHT)}
        assert {talent_id: shown(world, talent_id) for talent_id in PEOPLE} == before


async def test_a_picture_in_which_faces_cannot_be_looked_for_keeps_no_others_waiting() -> None:
    def odd(image: Image.Image) -> list[Face]:
        if next(calls) == 0:
            raise MemoryError
        return [Face(10, 140, 60, 175)]

    calls = itertools.count()
    world = await synced("ada", "bea")
    finder = Recropper(world.repository, world.store, lambda: world.now, find_faces=odd)
    assert results([done async for done in finder.recrop()]) == {Recut.FAILED: 1, Recut.CUT: 1}
    assert results([done async for done in finder.recrop()]) == {Recut.CUT: 1}
    assert [done async for done in finder.recrop()] == []
