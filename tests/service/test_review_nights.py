"""Nights in review mode, on every kind of store: who waits, and what comes of a person's word."""

from __future__ import annotations

import io
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from talentimg.demo.pictures import picture as drawn
from talentimg.errors import UsageError
from talentimg.models import INITIALS, Action, OutcomeKind, Reason, ReviewMode, ReviewState
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.people.choosing import Brought
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from talentimg.models import Outcome, Review
    from talentimg.repository.interface import Repository

PEOPLE = [f"t{chr(97 + n)}" for n in range(10)]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with ExitStack() as stack:
        if request.param == "memory":
            repository: Repository = MemoryRepository()
        elif request.param == "sqlite":
            repository = SqliteRepository.open(request.getfixturevalue("new_store"))
        else:
            repository = PostgresRepository.open(request.getfixturevalue("new_database"))
        world = World(repository=stack.enter_context(repository), public_url="https://pictures.example")
        world.review = ReviewMode.VISUAL
        yield world


def face(seed: int, *, side: int = 240, quality: int = 85, form: str = "JPEG") -> bytes:
    """A drawn face, as a platform may encode it."""
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(drawn(seed, "png")))
    image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS).save(buffer, form, quality=quality)
    return buffer.getvalue()


def give(world: World, talent_id: str, body: bytes, platform: str = "instagram") -> None:
    """From now on the platform has this picture, at an address of tonight."""
    world.web.pictures[world.offers(platform, talent_id, world.now.toordinal())] = body


async def night(world: World) -> dict[str, Outcome]:
    world.pass_time(hours=24)
    outcomes, _ = await world.run()
    return outcomes


async def one(world: World, *platforms: str) -> None:
    """Ada with a picture from each of these platforms, the first of which is shown."""
    world.add("ada", *platforms)
    for number, platform in enumerate(platforms):
        give(world, "ada", face(number), platform)
    assert (await night(world))["ada"].kind is OutcomeKind.UPDATED


def shown(world: World, talent_id: str = "ada") -> str | None:
    return world.repository.load(talent_id).selection.content_hash


async def test_of_a_night_in_which_all_is_encoded_anew_only_new_photographs_wait(world: World) -> None:
    for number, talent_id in enumerate(PEOPLE):
        world.add(talent_id, "instagram")
        give(world, talent_id, face(number))
    await night(world)
    for number, talent_id in enumerate(PEOPLE):
        give(world, talent_id, face(number, side=200 + 8 * number, quality=60 + number, form="WEBP"))
    assert {o.kind for o in (await night(world)).values()} == {OutcomeKind.UPDATED}
    assert world.desk().waiting() == []
    before = {talent_id: shown(world, talent_id) for talent_id in PEOPLE}
    for number, talent_id in enumerate(PEOPLE):
        seed = number + 100 if number % 5 == 0 else number
        give(world, talent_id, face(seed, side=150 + 8 * number, quality=50 + number))
    outcomes = await night(world)
    new = set(PEOPLE[::5])
    assert {r.talent_id for r in world.desk().waiting()} == new
    assert {i for i, o in outcomes.items() if o.reason is Reason.REVIEW} == new
    assert {i for i in new if shown(world, i) == before[i]} == new
    assert {i for i, o in outcomes.items() if o.kind is OutcomeKind.UPDATED} == set(PEOPLE) - new


async def test_an_approved_picture_is_shown_at_once_and_goes_on(world: World) -> None:
    await one(world, "instagram")
    give(world, "ada", face(50))
    assert (await night(world))["ada"].kind is OutcomeKind.KEPT
    (waiting,) = world.desk().of(["ada"])
    asked = len(world.providers["instagram"].asked)
    outcome = world.desk().settle(waiting, ReviewState.APPROVED, by="eve", why="it is she")
    assert (outcome.kind, outcome.content_hash) == (OutcomeKind.UPDATED, waiting.content_hash)
    assert len(world.providers["instagram"].asked) == asked
    (last, *_) = world.repository.history("ada")
    assert (last.by, last.why, last.to_hash) == ("eve", "approved by eve: it is she", waiting.content_hash)
    (said,) = world.repository.audit("ada")
    assert (said.action, said.by, said.why) == (Action.APPROVE, "eve", "it is she")
    assert (await night(world))["ada"].kind is OutcomeKind.UNCHANGED


@pytest.mark.parametrize("word", [ReviewState.APPROVED, ReviewState.REJECTED])
async def test_a_word_that_is_taken_back_leaves_everything_as_it_was(world: World, word: ReviewState) -> None:
    await one(world, "instagram")
    before = shown(world)
    give(world, "ada", face(50))
    await night(world)
    (waiting,) = world.desk().of(["ada"])
    world.pass_time(minutes=1)
    world.desk().settle(waiting, word, by="eve")
    world.pass_time(minutes=1)
    world.desk().take_back("ada", waiting.content_hash[:12], by="eve", why="a slip")
    (again,) = world.desk().waiting()
    assert (again.key, shown(world)) == (waiting.key, before)
    (said, *_) = world.repository.audit("ada")
    assert (said.action, said.by, said.why) == (Action.RECONSIDER, "eve", "a slip")
    assert (await night(world))["ada"].kind is OutcomeKind.KEPT
    assert [one.key for one in world.desk().of(["ada"])] == [waiting.key]


async def test_a_rejected_picture_does_not_come_back_in_other_bytes_either(world: World) -> None:
    await one(world, "instagram")
    before = shown(world)
    give(world, "ada", face(50))
    await night(world)
    (waiting,) = world.desk().of(["ada"])
    assert world.desk().settle(waiting, ReviewState.REJECTED, by="eve").kind is OutcomeKind.UNCHANGED
    for quality in (85, 60, 90):
        give(world, "ada", face(50, quality=quality))
        assert (await night(world))["ada"].kind is OutcomeKind.UNCHANGED
        assert (shown(world), world.desk().waiting()) == (before, [])
    world.review = ReviewMode.OFF
    give(world, "ada", face(50, quality=70))
    assert (await night(world))["ada"].kind is OutcomeKind.UNCHANGED, "whatever the mode"
    give(world, "ada", face(51))
    assert (await night(world))["ada"].kind is OutcomeKind.UPDATED


async def test_a_rejection_that_was_a_mistake_is_taken_back_by_the_hash(world: World) -> None:
    await one(world, "instagram")
    give(world, "ada", face(50))
    await night(world)
    (waiting,) = world.desk().of(["ada"])
    world.desk().settle(waiting, ReviewState.REJECTED, by="eve")
    with pytest.raises(UsageError, match="No picture of Ada waits"):
        world.desk().of(["ada"])
    (rejected,) = world.desk().of(["ada"], waiting.content_hash[:8])
    outcome = world.desk().settle(rejected, ReviewState.APPROVED, by="ann")
    assert (outcome.kind, outcome.content_hash) == (OutcomeKind.UPDATED, waiting.content_hash)
    assert (await night(world))["ada"].kind is OutcomeKind.UNCHANGED


async def test_a_newer_picture_cannot_ride_on_an_older_approval(world: World) -> None:
    await one(world, "instagram")
    give(world, "ada", face(50))
    await night(world)
    (listed,) = world.desk().waiting()
    before = shown(world)
    give(world, "ada", face(51))
    await night(world)
    assert shown(world) == before, "a second change brings the first no nearer"
    with pytest.raises(UsageError, match="has changed since it was listed"):
        world.desk().settle(listed, ReviewState.APPROVED, by="eve")
    (newer,) = world.desk().waiting()
    assert newer.content_hash != listed.content_hash
    assert world.repository.audit("ada") == []
    with pytest.raises(UsageError, match="another picture by now"):
        world.desk().of(["ada"], listed.content_hash[:12])
    assert world.desk().of(["ada"], newer.content_hash[:12]) == [newer]
    world.desk().settle(newer, ReviewState.APPROVED, by="eve")
    with pytest.raises(UsageError, match="was approved by eve meanwhile"):
        world.desk().settle(newer, ReviewState.REJECTED, by="ann")


async def test_what_the_platform_takes_back_waits_no_longer(world: World) -> None:
    await one(world, "instagram")
    give(world, "ada", face(50))
    await night(world)
    give(world, "ada", face(0))
    assert (await night(world))["ada"].kind is OutcomeKind.UNCHANGED
    assert world.desk().waiting() == []
    with pytest.raises(UsageError, match="No picture of Ada waits"):
        world.desk().of(["ada"])


async def test_an_approved_picture_does_not_wait_for_a_platform_that_is_silent(world: World) -> None:
    await one(world, "instagram")
    give(world, "ada", face(50))
    await night(world)
    world.fails("instagram", "ada")
    await night(world)
    (waiting,) = world.desk().waiting()
    assert world.desk().settle(waiting, ReviewState.APPROVED, by="eve").content_hash == waiting.content_hash
    assert (await night(world))["ada"].kind is OutcomeKind.KEPT
    assert shown(world) == waiting.content_hash


async def test_another_source_waits_in_each_mode_and_the_shown_one_stays(world: World) -> None:
    world.review = ReviewMode.SOURCE
    world.add("ada", "instagram", "tiktok")
    world.lacks("instagram", "ada")
    give(world, "ada", face(1), "tiktok")
    assert (await night(world))["ada"].source == "tiktok"
    give(world, "ada", face(2))
    outcome = (await night(world))["ada"]
    assert (outcome.kind, outcome.source, outcome.reason) == (OutcomeKind.KEPT, "tiktok", Reason.REVIEW)
    (waiting,) = world.desk().waiting()
    assert world.desk().settle(waiting, ReviewState.APPROVED, by="eve").source == "instagram"


async def test_a_rejected_first_picture_leads_to_the_next_source(world: World) -> None:
    world.review = ReviewMode.ALL
    world.add("ada", "instagram", "tiktok")
    give(world, "ada", face(1))
    give(world, "ada", face(2), "tiktok")
    outcome = (await night(world))["ada"]
    assert (outcome.kind, outcome.source, outcome.reason) == (OutcomeKind.KEPT, INITIALS, Reason.REVIEW)
    (waiting,) = world.desk().waiting()
    world.desk().settle(waiting, ReviewState.REJECTED, by="eve")
    await night(world)
    (second,) = world.desk().waiting()
    assert second.source == "tiktok"
    assert world.desk().settle(second, ReviewState.APPROVED, by="eve").source == "tiktok"


async def test_a_placeholder_does_not_make_way_for_what_a_person_has_rejected(world: World) -> None:
    world.review = ReviewMode.ALL
    world.add("ada", "instagram")
    seen: list[Review] = []
    for seed in range(3):
        give(world, "ada", face(seed))
        await night(world)
        (waiting,) = world.desk().waiting()
        world.desk().settle(waiting, ReviewState.APPROVED, by="eve")
        seen.append(waiting)
    first, second, third = (one.content_hash for one in seen)
    assert shown(world) == third
    (again,) = world.desk().of(["ada"], second[:12])
    world.desk().settle(again, ReviewState.REJECTED, by="eve")
    await world.named_placeholders().add_shown("ada", name="logo", by="eve")
    assert shown(world) == first


async def chosen_for_a_while(world: World) -> None:
    await world.choosing().choose("ada", Brought("a.jpg", face(70)), by="ann")
    await night(world)
    world.choosing().unset("ada", by="ann")


async def opted_out_for_a_while(world: World) -> None:
    world.rules().opt_out("ada", by="ann")
    await night(world)
    world.rules().opt_in("ada", by="ann")


async def locked_for_a_while(world: World) -> None:
    world.rules().lock("ada", by="ann")
    await night(world)
    world.rules().unlock("ada", by="ann")


@pytest.mark.parametrize("somebody", [chosen_for_a_while, opted_out_for_a_while, locked_for_a_while])
@pytest.mark.parametrize("mode", [ReviewMode.SOURCE, ReviewMode.VISUAL])
async def test_what_waits_is_not_shown_unseen_after_somebody_elses_word(
    world: World, mode: ReviewMode, somebody: Callable[[World], Awaitable[None]]
) -> None:
    world.review = mode
    world.add("ada", "instagram", "tiktok")
    world.lacks("instagram", "ada")
    give(world, "ada", face(1), "tiktok")
    await night(world)
    give(world, "ada", face(50))
    await night(world)
    (waiting,) = world.desk().waiting()
    before = shown(world)
    await somebody(world)
    for _ in range(2):
        assert world.desk().waiting() == [waiting]
        assert shown(world) == before
        await night(world)
    outcome = world.desk().settle(waiting, ReviewState.APPROVED, by="eve")
    assert outcome.content_hash == waiting.content_hash


@pytest.mark.parametrize("somebody", [chosen_for_a_while, opted_out_for_a_while, locked_for_a_while])
async def test_the_picture_of_an_only_source_comes_back_when_a_word_is_taken_back(
    world: World, somebody: Callable[[World], Awaitable[None]]
) -> None:
    world.review = ReviewMode.VISUAL
    world.add("ada", "instagram")
    give(world, "ada", face(1))
    await night(world)
    give(world, "ada", face(50))
    await night(world)
    (waiting,) = world.desk().waiting()
    before = shown(world)
    assert before is not None
    await somebody(world)
    for _ in range(2):
        assert (world.desk().waiting(), shown(world)) == ([waiting], before)
        await night(world)
    assert world.desk().settle(waiting, ReviewState.REJECTED, by="eve").content_hash == before


async def test_what_was_lost_before_a_word_does_not_come_back_with_it(world: World) -> None:
    world.review = ReviewMode.ALL
    world.add("ada", "instagram")
    give(world, "ada", face(1))
    await night(world)
    assert shown(world) is None
    await chosen_for_a_while(world)
    assert shown(world) is None


async def test_a_disconnect_takes_what_waits_with_it(world: World) -> None:
    await one(world, "instagram", "tiktok")
    give(world, "ada", face(50))
    await night(world)
    assert (await world.disconnect("ada", "instagram")).source == "tiktok"
    assert world.desk().waiting() == []


async def test_what_is_shown_while_another_waits_is_kept_whole(world: World) -> None:
    await one(world, "instagram")
    give(world, "ada", face(50))
    await night(world)
    picture = world.repository.picture(shown(world) or "")
    assert picture is not None
    world.store.delete(picture.shown.key)
    await night(world)
    kept = world.repository.picture(shown(world) or "")
    assert kept is not None
    assert world.store.get(kept.shown.key)
