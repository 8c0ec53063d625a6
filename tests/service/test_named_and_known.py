"""Who has a placeholder that a person named, by what it is known, and what is said where nobody names one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from talentimg.errors import LossLimitExceeded, TalentNotFound, UsageError
from talentimg.models import INITIALS, NOBODY, Action, Policy, Suspect
from talentimg.models.likeness import HASH
from talentimg.repository.interface import Change
from talentimg.service.people.unwanted import PAGE, NamedPlaceholders
from tests.conftest import NOW
from tests.service.test_named_placeholders import give, logo, named, night, shown
from tests.service.world import World, picture_bytes


@pytest.fixture
def world() -> World:
    return World()


# -- by what it is known -----------------------------------------------------------------


async def test_what_is_shown_is_known_by_the_bytes_that_its_platform_gave(world: World) -> None:
    """Others may have given other bytes of which the same copy was made."""
    ours, theirs = logo(), logo() + b"\0"
    for talent_id, body in (("ada", ours), ("bob", theirs)):
        world.add(talent_id, "instagram")
        give(world, talent_id, body)
        await world.sync(talent_id)
    ada, bob = (world.repository.load(talent_id) for talent_id in ("ada", "bob"))
    assert ada.selection.content_hash == bob.selection.content_hash
    found = await world.named_placeholders().add_shown("ada", name="ours", by="eve", why="no face")
    assert found.suspect.source_hash == sha256(ours).hexdigest()
    assert found.suspect.content_hash == bob.selection.content_hash
    assert (found.suspect.named_by, found.suspect.name, found.suspect.since) == ("eve", "ours", world.now)
    assert found.suspect.talents == 2, "by our copy"
    (said,) = world.repository.audit(NOBODY)
    assert (said.by, said.why) == ("eve", "no face")
    assert said.about["source_hash"] == found.suspect.source_hash


async def test_what_its_source_no_longer_offers_is_known_by_the_bytes_of_our_copy(world: World) -> None:
    world.add("ada", "instagram")
    give(world, "ada", logo())
    await night(world)
    world.rules().lock("ada", by="ann")
    give(world, "ada", picture_bytes(5))
    await night(world)
    record = world.repository.load("ada")
    other = replace(record.candidates["instagram"], content_hash="another", source_hash="others")
    world.repository.save([Change("ada", record.selection, (other,))], world.now)
    world.repository.save_policy("ada", Policy())
    found = await world.named_placeholders().add_shown("ada", name=None, by="eve")
    assert found.suspect.source_hash == sha256(logo()).hexdigest()
    assert [one.talent_id for one in found.outcomes] == ["ada"], "though no source offers it"
    assert shown(world) == INITIALS


# -- who is named ------------------------------------------------------------------------


async def test_they_are_named_whose_picture_goes_and_nobody_else(world: World) -> None:
    for talent_id, body in (("ada", logo(75)), ("bob", picture_bytes(3)), ("cid", logo(80))):
        world.add(talent_id, "instagram")
        give(world, talent_id, body)
    await night(world)
    world.rules().lock("cid", by="ann")
    found = await named(world)
    assert [(one.talent_id, one.source) for one in found.outcomes] == [("ada", INITIALS)]
    assert found.suspect.talents == 2, "it is offered to two"
    assert {talent_id: shown(world, talent_id) for talent_id in ("bob", "cid")} == dict.fromkeys(
        ("bob", "cid"), "instagram"
    )
    assert world.repository.history("ada")[0].by == "eve"


async def test_whoever_has_what_is_found_by_the_same_half_and_looks_otherwise_keeps_it(world: World) -> None:
    for talent_id, body in (("ada", logo(75)), ("bob", picture_bytes(3))):
        world.add(talent_id, "instagram")
        give(world, talent_id, body)
    await night(world)
    ada, bob = (world.repository.load(talent_id).selection for talent_id in ("ada", "bob"))
    hers, his = (world.repository.picture(one.content_hash or "") for one in (ada, bob))
    assert hers is not None
    assert his is not None
    looks = (hers.likeness or "")[:HASH] + (his.likeness or "")[HASH:]
    world.repository.save([Change("bob", bob, picture=replace(his, likeness=looks))], world.now)
    found = await named(world)
    assert found.suspect.talents == 1
    assert [one.talent_id for one in found.outcomes] == ["ada"]
    assert shown(world, "bob") == "instagram"


async def test_whoever_was_changed_at_that_moment_is_not_named(world: World) -> None:
    for talent_id in ("ada", "bob"):
        world.add(talent_id, "instagram")
        give(world, talent_id, logo(75))
    await night(world)
    save = world.repository.save

    def late(changes: object, now: object) -> list[str]:
        return [*save([c for c in changes if c.talent_id != "ada"], now), "ada"]  # type: ignore[attr-defined,arg-type]

    world.repository.save = late  # type: ignore[method-assign]
    found = await named(world)
    assert [one.talent_id for one in found.outcomes] == ["bob"]
    assert found.suspect.talents == 2


async def test_more_than_a_page_of_people_lose_it(world: World) -> None:
    ids = [f"t{number:03}" for number in range(PAGE + 1)]
    world.add("first", "instagram")
    give(world, "first", logo(75))
    await world.sync("first")
    record = world.repository.load("first")
    for talent_id in ids:
        world.add(talent_id, "instagram")
        offered = replace(record.candidates["instagram"], talent_id=talent_id, question=talent_id)
        world.repository.save([Change(talent_id, record.selection, (offered,))], world.now)
    found = await named(world, allow_losses=999)
    assert sorted(one.talent_id for one in found.outcomes) == ["first", *ids]
    assert {shown(world, talent_id) for talent_id in ids} == {INITIALS}


# -- too many ------------------------------------------------------------------------------


async def test_too_many_losses_are_refused_with_how_many_would_have_to_be_allowed(world: World) -> None:
    for number in range(8):
        world.add(f"t{number}", "instagram")
        give(world, f"t{number}", logo(75) if number < 6 else picture_bytes(number))
        await world.sync(f"t{number}")
    world.add("nothing")
    with pytest.raises(LossLimitExceeded) as caught:
        await named(world, allow_losses=5)
    error = caught.value
    assert (error.losses, error.shown, error.allowed, error.needed) == (6, 8, 5, 6)
    assert error.message == (
        "The safety valve shut: 6 of 8 pictures would be taken away by this, "
        "and at most 5 may be: nothing was changed."
    )
    assert error.hint == "If it is right, add: --allow-losses 6"
    assert world.repository.audit(NOBODY) == []


async def test_who_has_something_else_to_show_loses_nothing(world: World) -> None:
    for number in range(6):
        world.add(f"t{number}", "instagram")
        give(world, f"t{number}", picture_bytes(number))
        await world.sync(f"t{number}")
        world.pass_time(days=2)
        give(world, f"t{number}", logo(75))
        await world.sync(f"t{number}")
    found = await named(world)
    assert {one.source for one in found.outcomes} == {"instagram"}
    assert len(found.outcomes) == 6


# -- refused -------------------------------------------------------------------------------


async def test_where_no_picture_is_shown_it_is_said_for_whom(world: World) -> None:
    world.add("ada", "instagram")
    desk = world.named_placeholders()
    with pytest.raises(UsageError, match=r"^There is no copy of a picture that is shown for Ada\.$"):
        await desk.add_shown("ada", name=None, by="eve")
    with pytest.raises(TalentNotFound):
        await desk.add_shown("nobody", name=None, by="eve")
    assert world.repository.suspects() == []


async def test_a_file_that_nobody_would_show_is_refused_with_why(world: World) -> None:
    with pytest.raises(UsageError, match=r"^Nobody shows this file anyway: .+\.$") as caught:
        await world.named_placeholders().add_file(b"no picture", name=None, by="eve")
    assert caught.value.hint == "Nothing was changed."
    small = NamedPlaceholders(
        world.repository, world.resolver(), world.placeholders(), lambda: world.now, max_bytes=99
    )
    with pytest.raises(UsageError, match=r"^The file"):
        await small.add_file(logo(), name=None, by="eve")
    assert world.repository.suspects() == []


def test_only_what_a_person_named_is_taken_back(world: World) -> None:
    found = Suspect("instagram", "abcdef", "c", NOW - timedelta(days=1), 3)
    world.repository.save_suspect(found)
    desk = world.named_placeholders()
    with pytest.raises(UsageError) as caught:
        desk.remove("abcdef", by="ann")
    assert caught.value.message == "Nobody has named that picture a placeholder: several people have it."
    assert caught.value.hint == "If it is a real picture: talentimg placeholders allow HASH"
    ours = replace(found, source="*", named_by="eve")
    world.repository.save_suspect(ours)
    assert desk.remove("abcdef", by="ann", why="hers") == [ours]
    assert world.repository.suspects() == [found]
    (said,) = world.repository.audit(NOBODY)
    assert (said.action, said.by, said.why, said.at) == (
        Action.PLACEHOLDER_REMOVE,
        "ann",
        "hers",
        world.now,
    )
