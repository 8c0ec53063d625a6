"""A platform offers several pictures, or sizes of one: which of them is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from talentimg.errors import PictureError
from talentimg.models import DOUBTFUL_PICTURES, USELESS_PICTURES, OutcomeKind, Reason
from talentimg.providers.interface import Found, RemotePicture
from tests.service.world import World, picture_bytes

FIRST, SECOND, THIRD = (f"https://ada.example/{number}.jpg" for number in (1, 2, 3))
NO_PICTURE = b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"
USELESS = USELESS_PICTURES | DOUBTFUL_PICTURES
PASSING = sorted({Reason.DNS, Reason.TIMEOUT, Reason.STATUS, Reason.THROTTLED, Reason.UNREACHABLE})


def new_world(*served: tuple[str, bytes | PictureError]) -> World:
    world = World()
    world.add("ada", "tiktok")
    world.web.pictures = dict(served)
    offer = RemotePicture((FIRST,), others=(SECOND, THIRD))
    world.providers["tiktok"].answers["ada"] = Found(offer)
    return world


@pytest.mark.parametrize("useless", [None, NO_PICTURE, picture_bytes(1)[:300]], ids=["404", "svg", "cut"])
async def test_a_picture_of_no_use_makes_way_for_the_next(useless: bytes | None) -> None:
    world = new_world((SECOND, picture_bytes(2)))
    if useless is not None:
        world.web.pictures[FIRST] = useless

    assert (await world.sync()).url == SECOND
    assert (await world.sync()).kind is OutcomeKind.UNCHANGED


async def test_when_none_is_of_use_it_is_told_what_the_likeliest_lacks() -> None:
    world = new_world((FIRST, NO_PICTURE))

    assert (await world.sync()).reason is Reason.FORMAT


@pytest.mark.parametrize("reason", PASSING)
async def test_trouble_that_passes_shows_no_other_picture(reason: Reason) -> None:
    world = new_world((FIRST, picture_bytes(1)), (SECOND, picture_bytes(2)))
    await world.sync()
    world.web.pictures[FIRST] = PictureError("Not now.", reason=reason)

    assert ((await world.sync()).kind, world.repository.load("ada").selection.url) == (
        OutcomeKind.KEPT,
        FIRST,
    )


@pytest.mark.parametrize("reason", sorted(DOUBTFUL_PICTURES))
async def test_a_wall_in_front_of_what_was_good_shows_no_other_picture(reason: Reason) -> None:
    world = new_world((FIRST, picture_bytes(1)), (SECOND, picture_bytes(2)))
    await world.sync()
    world.web.pictures[FIRST] = PictureError("Please sign in.", reason=reason)

    assert ((await world.sync()).kind, world.repository.load("ada").selection.url) == (
        OutcomeKind.KEPT,
        FIRST,
    )


async def test_what_was_good_and_is_gone_for_good_makes_way() -> None:
    world = new_world((FIRST, picture_bytes(1)), (SECOND, picture_bytes(2)))
    await world.sync()
    del world.web.pictures[FIRST]

    assert (await world.sync()).url == SECOND


async def test_the_host_that_refuses_is_left_alone_and_not_that_of_another_picture() -> None:
    world = World()
    world.add("ada", "tiktok")
    elsewhere = "https://cdn.example/2.jpg"
    world.web.pictures = {
        elsewhere: PictureError("Later.", reason=Reason.THROTTLED, retry_at=world.now + timedelta(minutes=30))
    }
    world.providers["tiktok"].answers["ada"] = Found(RemotePicture((FIRST,), others=(elsewhere,)))
    await world.sync()

    assert [cooldown.platform for cooldown in world.repository.cooldowns(world.now)] == [
        "pictures:cdn.example"
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["good", *PASSING, *sorted(USELESS)]), min_size=3, max_size=3))
async def test_only_pictures_that_will_never_do_are_passed_over(served: list[str]) -> None:
    bodies = [
        picture_bytes(number) if how == "good" else PictureError("No.", reason=Reason(how))
        for number, how in enumerate(served)
    ]
    world = new_world(*zip((FIRST, SECOND, THIRD), bodies, strict=True))
    first = next((at for at, how in enumerate(served) if how not in USELESS), None)
    there = next((how for how in served if how != Reason.MISSING), None)
    assume(there)  # else it is an absence

    outcome = await world.sync()

    if first is not None and served[first] == "good":
        assert outcome.url == (FIRST, SECOND, THIRD)[first]
    else:
        assert outcome.kind is OutcomeKind.FAILED
        assert outcome.reason == (there if first is None else served[first])


@pytest.mark.parametrize("broken", [None, NO_PICTURE, picture_bytes(1)[:300]], ids=["404", "svg", "cut"])
async def test_a_larger_size_that_was_guessed_makes_way_for_the_named_one(broken: bytes | None) -> None:
    world = new_world((SECOND, picture_bytes(2)))
    if broken is not None:
        world.web.pictures[FIRST] = broken
    world.providers["tiktok"].answers["ada"] = Found(RemotePicture((FIRST, SECOND)))

    assert (await world.sync()).url == SECOND
