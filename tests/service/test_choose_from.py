"""The picture of another source, shown because a person wants to see that one: nothing is fetched."""

from __future__ import annotations

import pytest

from talentimg.errors import EditedMeanwhile, TalentNotFound, UsageError
from talentimg.models import INITIALS, MANUAL, OutcomeKind, ReviewMode, ReviewState, Suspect
from talentimg.repository.memory import MemoryRepository
from talentimg.service.people.edition import edition_of
from tests.service.world import World


async def two_sources(**options: object) -> World:
    """Ada shows what TikTok offered until Instagram had something."""
    world = World(**options)  # type: ignore[arg-type]
    world.add("ada", "instagram", "tiktok")
    world.lacks("instagram", "ada")
    world.offers("tiktok", "ada", 2)
    await world.sync()
    world.pass_time(days=2)
    world.offers("instagram", "ada", 1)
    await world.sync()
    world.web.fetched.clear()
    return world


async def test_it_is_shown_until_it_is_taken_back_and_nothing_is_fetched() -> None:
    world = await two_sources()
    record = world.repository.load("ada")
    assert record.selection.source == "instagram"
    done = world.choosing().choose_from("ada", "tiktok", by="eve", why="the nicer one")
    wanted = record.candidates["tiktok"].content_hash
    assert (done.outcome.source, done.outcome.content_hash) == (MANUAL, wanted)
    world.pass_time(days=30)
    assert (await world.sync(force=True)).kind is OutcomeKind.LOCKED
    assert world.repository.load("ada").selection.content_hash == wanted
    assert world.web.fetched == []
    said = world.repository.audit("ada")[0]
    assert (said.action, said.by, said.why, said.about) == (
        "set",
        "eve",
        "the nicer one",
        {"platform": "tiktok", "hash": wanted},
    )
    assert world.choosing().unset("ada", by="eve").outcome.source == "instagram"


@pytest.mark.parametrize("source", ["youtube", "instagram ", "user", MANUAL, INITIALS, ""])
async def test_a_source_without_a_stored_picture_is_named(source: str) -> None:
    world = await two_sources()
    before = world.repository.load("ada")
    with pytest.raises(UsageError, match="No picture from"):
        world.choosing().choose_from("ada", source, by="eve")
    assert world.repository.load("ada") == before


async def test_one_whose_files_are_gone_is_none() -> None:
    world = await two_sources()
    picture = world.repository.picture(world.repository.load("ada").candidates["tiktok"].content_hash or "")
    assert picture
    world.store.delete(picture.shown.key)
    with pytest.raises(UsageError, match="No picture from tiktok is stored"):
        world.choosing().choose_from("ada", "tiktok", by="eve")


async def test_a_lock_and_an_opt_out_stand_against_it() -> None:
    world = await two_sources()
    world.rules().lock("ada", by="mia", why="premiere")
    with pytest.raises(UsageError, match="locked by mia"):
        world.choosing().choose_from("ada", "tiktok", by="eve")
    world.rules().unlock("ada", by="mia")
    world.rules().opt_out("ada", "tiktok", by="mia")
    with pytest.raises(UsageError, match="wants none from tiktok"):
        world.choosing().choose_from("ada", "tiktok", by="eve")
    world.rules().opt_out("ada", by="mia")
    with pytest.raises(UsageError, match="wants no picture at all"):
        world.choosing().choose_from("ada", "instagram", by="eve")
    with pytest.raises(TalentNotFound):
        world.choosing().choose_from("nobody", "tiktok", by="eve")


async def test_a_placeholder_is_no_picture_to_choose() -> None:
    world = await two_sources()
    candidate = world.repository.load("ada").candidates["tiktok"]
    suspect = Suspect(
        "tiktok", candidate.source_hash or "", candidate.content_hash or "", world.now, 9, likeness=None
    )
    world.repository.save_suspect(suspect)
    with pytest.raises(UsageError, match="is a placeholder"):
        world.choosing().choose_from("ada", "tiktok", by="eve")


async def test_what_a_person_has_rejected_has_to_be_approved_first() -> None:
    world = await two_sources(review=ReviewMode.ALL)
    (waiting,) = world.desk().waiting()
    world.desk().settle(waiting, ReviewState.REJECTED, by="mia")
    with pytest.raises(UsageError, match="has rejected the picture from"):
        world.choosing().choose_from("ada", waiting.source, by="eve")


class OfTheApp(MemoryRepository):
    def is_own(self) -> bool:
        return False


async def test_an_address_that_runs_out_is_none_for_the_app_to_keep() -> None:
    world = await two_sources(repository=OfTheApp())
    found = world.providers["tiktok"].answers["ada"]
    assert not isinstance(found, list)
    kept = world.repository.load("ada").candidates["tiktok"]
    assert kept.url_expires_at is None
    done = world.choosing().choose_from("ada", "tiktok", by="eve")
    assert done.outcome.url == kept.picture_url, "one that holds is as good as any"


async def test_what_was_read_before_somebody_else_spoke_is_no_ground_to_choose_on() -> None:
    world = await two_sources()
    seen = {edition_of(world.repository.load("ada"))}
    world.rules().order("ada", ("tiktok",), by="mia")
    with pytest.raises(EditedMeanwhile):
        world.choosing().choose_from("ada", "tiktok", by="eve", editions=seen)
    seen = {edition_of(world.repository.load("ada"))}
    assert world.choosing().choose_from("ada", "tiktok", by="eve", editions=seen).is_new
