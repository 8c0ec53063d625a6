"""The daily import of the same file does not undo what a person disconnected, and says so."""

from __future__ import annotations

import pytest

from talentimg.models import INITIALS
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.left_out import LeftOut
from talentimg.service.people.preview import Reconnected
from tests.service.world import World
from tests.the_app import SharedMemory


@pytest.fixture
def app() -> SharedMemory:
    return SharedMemory()


@pytest.fixture
def world(app: SharedMemory) -> World:
    """Ada shows her picture from Instagram; the file of the tests names her there and on GitHub."""
    world = World(repository=app)
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    return world


def in_file(instagram: str = "@Ada", talent_id: str = "ada") -> NewTalent:
    accounts = (NewAccount("Instagram", instagram), NewAccount("github", "ada"))
    return NewTalent(talent_id, talent_id.title(), accounts=accounts)


def handles(world: World) -> dict[str, str]:
    return {a.platform: a.handle for a in world.repository.load("ada").talent.accounts}


async def test_the_same_file_every_day_never_brings_back_what_a_person_disconnected(world: World) -> None:
    await world.sync()
    await world.disconnect("ada", "instagram")
    for _ in range(3):
        done = world.roster().import_talents([in_file(), in_file("bob", "bob")])
        assert done.left_out == (LeftOut("ada", "instagram", "ada"),)
        assert handles(world) == {"github": "ada"}
        assert (await world.sync()).source == INITIALS


async def test_what_a_person_connects_again_is_imported_as_before(world: World) -> None:
    await world.disconnect("ada", "instagram")
    await world.connect("ada", NewAccount("instagram", "ADA"))
    assert world.roster().import_talents([in_file()]).left_out == ()
    await world.disconnect("ada", "instagram")
    assert len(world.roster().import_talents([in_file()]).left_out) == 1


async def test_another_handle_in_the_file_is_another_account(world: World) -> None:
    await world.disconnect("ada", "instagram")
    done = world.roster().import_talents([in_file("ada.new")])
    assert (done.left_out, done.reconnected) == ((), (Reconnected("ada", "instagram", "ada.new"),))
    assert world.roster().import_talents([in_file("ada.new")]).reconnected == ()
    assert handles(world)["instagram"] == "ada.new"
    assert len(world.roster().import_talents([in_file()]).left_out) == 1
    assert handles(world)["instagram"] == "ada.new"


async def test_an_account_that_is_left_out_counts_as_no_loss(world: World) -> None:
    """Six people connected better accounts than those in the file: it takes none of their pictures."""
    people = [f"talent{letter}" for letter in "abcdef"]
    for seed, talent_id in enumerate(people):
        world.add(talent_id, "instagram")
        await world.disconnect(talent_id, "instagram")
        world.offers("instagram", f"{talent_id}.better", seed)
        await world.connect(talent_id, NewAccount("instagram", f"{talent_id}.better"))
    done = world.roster().import_talents([in_file(talent_id, talent_id) for talent_id in people])
    assert len(done.left_out) == 6
    assert {r.selection.source for r in world.repository.load_many(people)} == {"instagram"}


async def test_what_the_app_connects_again_is_imported_as_before(world: World, app: SharedMemory) -> None:
    await world.disconnect("ada", "instagram")
    app.write_connected("ada", "instagram", connected=True)
    assert world.roster().import_talents([in_file()]).left_out == ()


@pytest.mark.parametrize("kept", ["https://github.com/Ada", " @ADA ", "ada"])
async def test_a_handle_that_the_app_keeps_as_people_typed_it_is_the_one_in_the_file(
    world: World, app: SharedMemory, kept: str
) -> None:
    world.roster().import_talents([in_file()])
    app.write_handle("ada", "github", kept)
    await world.disconnect("ada", "github")
    assert world.roster().import_talents([in_file()]).left_out == (LeftOut("ada", "github", "ada"),)
    app.write_connected("ada", "github", connected=True)
    assert world.roster().import_talents([in_file()]).left_out == ()


async def test_a_handle_that_is_none_does_no_harm(world: World, app: SharedMemory) -> None:
    app.write_handle("ada", "instagram", "no spaces here")
    await world.disconnect("ada", "instagram")
    assert world.roster().import_talents([in_file()]).left_out == ()


async def test_who_is_added_anew_has_disconnected_nothing(world: World, app: SharedMemory) -> None:
    await world.disconnect("ada", "instagram")
    app.remove("ada")
    assert world.roster().import_talents([in_file()]).left_out == ()
    assert handles(world)["instagram"] == "ada"
