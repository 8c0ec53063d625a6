"""Placeholders that a person names: for everybody, every source, in whatever bytes, and at once."""

from __future__ import annotations

import io
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from talentimg.errors import LossLimitExceeded, UsageError
from talentimg.models import (
    ANY_SOURCE,
    INITIALS,
    MANUAL,
    NOBODY,
    Action,
    Lock,
    OutcomeKind,
    Policy,
    Reason,
    ReviewMode,
    Suspect,
)
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.decision.resolver import NAMED_PICTURE
from talentimg.service.people.choosing import Brought
from tests.conftest import NOW
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.models import Outcome
    from talentimg.repository.interface import Repository
    from talentimg.service.people.unwanted import Named

LOGO = 700


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with ExitStack() as stack:
        if request.param == "memory":
            repository: Repository = MemoryRepository()
        elif request.param == "sqlite":
            repository = SqliteRepository.open(request.getfixturevalue("new_store"))
        else:
            repository = PostgresRepository.open(request.getfixturevalue("new_database"))
        yield World(repository=stack.enter_context(repository), public_url="https://pictures.example")


def logo(quality: int = 90) -> bytes:
    """The logo in other bytes for each quality."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture_bytes(LOGO))).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def give(world: World, talent_id: str, body: bytes, platform: str = "instagram") -> None:
    world.web.pictures[world.offers(platform, talent_id, world.now.toordinal())] = body


async def night(world: World) -> dict[str, Outcome]:
    world.pass_time(hours=24)
    outcomes, _ = await world.run()
    return outcomes


def shown(world: World, talent_id: str = "ada") -> str:
    return world.repository.load(talent_id).selection.source


async def named(world: World, *, allow_losses: int | None = None) -> Named:
    return await world.named_placeholders().add_file(
        logo(), name="our logo", by="eve", why="ours", allow_losses=allow_losses
    )


async def test_it_is_refused_for_everybody_from_every_source_in_whatever_bytes(world: World) -> None:
    suspect = (await named(world)).suspect
    told = [(one.action, one.by, one.why) for one in world.repository.audit(NOBODY)]
    assert told == [(Action.PLACEHOLDER_ADD, "eve", "ours")]
    assert (suspect.source, suspect.named_by, suspect.name) == (ANY_SOURCE, "eve", "our logo")
    for quality, (talent_id, platform) in enumerate((("ada", "instagram"), ("bob", "tiktok"))):
        world.add(talent_id, platform)
        give(world, talent_id, logo(70 + quality), platform)
    outcomes = await night(world)
    assert {
        (o.source, o.reason, o.detail and o.detail.startswith(NAMED_PICTURE)) for o in outcomes.values()
    } == {(INITIALS, Reason.PLACEHOLDER, True)}


async def test_whoever_shows_it_gets_back_what_was_shown_before_at_once(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    give(world, "ada", picture_bytes(1))
    await night(world)
    before = world.repository.load("ada").selection
    give(world, "ada", logo(75))
    assert (await night(world))["ada"].kind is OutcomeKind.UPDATED
    world.add("bob", "instagram")
    give(world, "bob", logo(80))
    await night(world)
    asked = len(world.web.fetched)
    outcomes = {o.talent_id: o for o in (await named(world)).outcomes}
    assert len(world.web.fetched) == asked, "no network for a person's word"
    assert set(outcomes) == {"ada", "bob"}
    now = world.repository.load("ada").selection
    assert (now.source, now.content_hash, now.url) == (before.source, before.content_hash, before.url)
    assert shown(world, "bob") == INITIALS
    (last, *_) = world.repository.history("bob")
    assert (last.by, last.why) == ("eve", NAMED_PICTURE)
    await night(world)
    assert shown(world, "bob") == INITIALS


@pytest.mark.parametrize("is_shown", [True, False])
async def test_a_choice_that_stands_is_left_whole_whether_it_is_shown_or_not(
    world: World, is_shown: bool
) -> None:
    world.add("ada", "instagram")
    give(world, "ada", picture_bytes(1))
    await night(world)
    await world.choosing().choose("ada", Brought("a.jpg", logo(75)), by="ann")
    world.pass_time(hours=1)
    if not is_shown:
        world.history().rollback("ada", by="ann")
    before = world.repository.load("ada")
    assert (await named(world)).outcomes == ()
    assert world.repository.load("ada") == before
    world.rules().unlock("ada", by="ann")
    assert shown(world) == MANUAL


async def test_a_choice_that_was_taken_back_does_not_come_back(world: World) -> None:
    world.add("ada", "instagram")
    give(world, "ada", logo(75))
    await night(world)
    world.pass_time(hours=1)
    await world.choosing().choose("ada", Brought("a.jpg", picture_bytes(1)), by="ann")
    world.pass_time(hours=1)
    world.choosing().unset("ada", by="ann")
    await named(world)
    assert shown(world) == INITIALS
    give(world, "ada", picture_bytes(2))
    outcome = (await night(world))["ada"]
    assert (outcome.kind, outcome.source) == (OutcomeKind.UPDATED, "instagram"), "nothing holds it"


async def test_what_was_shown_before_such_a_choice_comes_back(world: World) -> None:
    world.add("ada", "instagram")
    give(world, "ada", picture_bytes(2))
    await night(world)
    before = world.repository.load("ada").selection.content_hash
    give(world, "ada", logo(75))
    await night(world)
    world.pass_time(hours=1)
    await world.choosing().choose("ada", Brought("a.jpg", picture_bytes(1)), by="ann")
    world.pass_time(hours=1)
    world.choosing().unset("ada", by="ann")
    await named(world)
    assert world.repository.load("ada").selection.content_hash == before


async def test_what_nobody_shows_yet_is_no_candidate_any_more_either(world: World) -> None:
    world.add("ada", "instagram", "tiktok")
    world.fails("instagram", "ada")
    give(world, "ada", logo(75), "tiktok")
    await night(world)
    give(world, "ada", picture_bytes(1))
    assert (await night(world))["ada"].source == "instagram"
    assert (await named(world)).outcomes == ()
    record = world.repository.load("ada")
    assert (record.candidates["tiktok"].reason, record.candidates["tiktok"].has_picture) == (
        Reason.PLACEHOLDER,
        False,
    )
    assert shown(world) == "instagram"


async def test_a_lock_holds(world: World) -> None:
    world.add("ada", "instagram")
    give(world, "ada", logo(75))
    await night(world)
    world.repository.save_policy("ada", Policy(Lock("ann", NOW)))
    assert (await named(world)).outcomes == ()
    assert shown(world) == "instagram"


async def test_what_is_shown_for_a_talent_can_be_named_and_taken_back(world: World) -> None:
    for talent_id in ("ada", "bob"):
        world.add(talent_id, "instagram")
        give(world, talent_id, logo(75))
    await night(world)
    desk = world.named_placeholders()
    found = await desk.add_shown("ada", name=None, by="eve")
    assert (found.suspect.talents, {shown(world, i) for i in ("ada", "bob")}) == (2, {INITIALS})
    with pytest.raises(UsageError, match="no copy of a picture"):
        await desk.add_shown("ada", name=None, by="eve")
    assert desk.remove(found.suspect.source_hash[:8], by="ann", why="hers") == [found.suspect]
    words = [(w.action, w.by, w.why) for w in world.placeholders().words()]
    assert words == [
        (Action.PLACEHOLDER_REMOVE, "ann", "hers"),
        (Action.PLACEHOLDER_ADD, "eve", None),
    ]
    await night(world)
    assert {shown(world, i) for i in ("ada", "bob")} == {"instagram"}


async def test_it_outweighs_what_somebody_allowed_before_and_can_be_allowed_after(world: World) -> None:
    world.add("ada", "instagram")
    give(world, "ada", logo(75))
    await night(world)
    candidate = world.repository.load("ada").candidates["instagram"]
    picture = world.repository.picture(candidate.content_hash or "")
    assert picture is not None
    allowed = Suspect("instagram", picture.source_hash, picture.content_hash, NOW, 3, "ann", NOW)
    world.repository.save_suspect(replace(allowed, likeness=picture.likeness))
    found = await named(world)
    assert shown(world) == INITIALS
    assert world.repository.suspects() == [found.suspect]
    world.placeholders().allow(found.suspect.source_hash, by="ann", why="it is one")
    assert list(world.placeholders().reasons().values()) == ["it is one"]
    await night(world)
    assert shown(world) == "instagram"


async def test_too_many_losses_are_refused_before_anything_is_written(world: World) -> None:
    people = [f"t{chr(97 + n)}" for n in range(8)]
    for talent_id in people:
        world.add(talent_id, "instagram")
        give(world, talent_id, logo(75))
        await world.sync(talent_id)
    with pytest.raises(LossLimitExceeded) as caught:
        await named(world)
    assert (caught.value.losses, caught.value.shown, caught.value.needed) == (8, 8, 8)
    assert (world.repository.suspects(), {shown(world, i) for i in people}) == ([], {"instagram"})
    assert len((await named(world, allow_losses=8)).outcomes) == 8
    assert {shown(world, i) for i in people} == {INITIALS}


async def test_what_is_no_picture_needs_no_name(world: World) -> None:
    with pytest.raises(UsageError, match="Nobody shows this file anyway"):
        await world.named_placeholders().add_file(b"no picture", name=None, by="eve")


def test_what_talentimg_found_out_is_not_taken_back_but_allowed(world: World) -> None:
    world.repository.save_suspect(Suspect("instagram", "abcdef", "c", NOW - timedelta(days=1), 3))
    with pytest.raises(UsageError, match="Nobody has named that picture"):
        world.named_placeholders().remove("abcdef", by="ann")


async def test_what_is_shown_goes_while_another_picture_of_the_source_waits(world: World) -> None:
    world.add("ada", "instagram")
    give(world, "ada", logo(75))
    await night(world)
    world.review = ReviewMode.VISUAL
    give(world, "ada", picture_bytes(5))
    await night(world)
    (waiting,) = world.desk().waiting()
    found = await world.named_placeholders().add_shown("ada", name=None, by="eve")
    assert (shown(world), len(found.outcomes)) == (INITIALS, 1)
    assert world.desk().waiting() == [waiting]


async def test_what_a_lock_held_goes_when_it_ends_though_the_account_was_another_in_between(
    world: World,
) -> None:
    world.add("ada", "instagram")
    give(world, "ada", logo(75))
    await night(world)
    world.rules().lock("ada", by="eve", until=world.now + timedelta(hours=2))
    world.roster().import_talents([NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "other"),))])
    await named(world)
    world.roster().import_talents([NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "ada"),))])
    assert shown(world) == "instagram"
    await night(world)
    assert shown(world) == INITIALS
