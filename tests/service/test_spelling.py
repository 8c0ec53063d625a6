"""The app keeps handles as people typed them: another spelling of an account changes nothing."""

from __future__ import annotations

import pytest

from talentimg.models import Token
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.files.faults import Place
from talentimg.service.people.files.roster import RosterFile
from tests.service.world import World
from tests.the_app import SharedMemory

SPELLINGS = [
    ("instagram", "https://www.instagram.com/ada/", "ada"),
    ("instagram", " @Ada ", "https://instagram.com/ADA?igsh=x"),
    ("instagram", "ada", "https://www.instagram.com/ada/"),
    ("tiktok", "https://www.tiktok.com/@ada", "@Ada"),
    ("youtube", "youtube.com/@adalovelace", "AdaLovelace"),
    ("youtube", "https://www.youtube.com/channel/UCabcDEF_ghi-JKL012mno34", "UCabcDEF_ghi-JKL012mno34"),
]


@pytest.fixture
def app() -> SharedMemory:
    return SharedMemory()


@pytest.fixture
def world(app: SharedMemory) -> World:
    return World(repository=app)


async def shown(world: World, app: SharedMemory, platform: str, kept: str) -> str | None:
    """Ada's picture, of an account that the app keeps in some spelling."""
    world.add("ada", platform)
    app.write_handle("ada", platform, kept)
    world.offers(platform, kept, 1, user_id="17")
    return (await world.sync()).content_hash


def handle(world: World, platform: str) -> str | None:
    account = world.repository.load("ada").talent.account(platform)
    return account.handle if account else None


@pytest.mark.parametrize(("platform", "kept", "given"), SPELLINGS)
async def test_an_import_of_the_same_account_keeps_its_picture(
    world: World, app: SharedMemory, platform: str, kept: str, given: str
) -> None:
    """Even when the platform cannot be asked again."""
    picture = await shown(world, app, platform, kept)
    ada = NewTalent("ada", "Ada", accounts=(NewAccount(platform, given),))
    file = RosterFile("roster.csv", ((Place(2), ada),))
    assert world.roster().preview(file).unchanged == 1
    world.roster().import_file(file)
    record = world.repository.load("ada")
    assert (record.selection.content_hash, handle(world, platform)) == (picture, kept)
    assert record.candidates[platform].content_hash == picture
    world.fails(platform, kept)
    assert (await world.sync(force=True)).content_hash == picture


@pytest.mark.parametrize(("platform", "kept", "given"), SPELLINGS)
async def test_connecting_the_same_account_keeps_its_picture(
    world: World, app: SharedMemory, platform: str, kept: str, given: str
) -> None:
    picture = await shown(world, app, platform, kept)
    world.fails(platform, kept)
    outcome = await world.connect("ada", NewAccount(platform, given, token=Token("new")))
    assert (outcome.content_hash, handle(world, platform)) == (picture, kept)
    account = world.repository.load("ada").talent.account(platform)
    assert account is not None
    assert account.token == Token("new")


async def test_another_account_takes_the_picture_of_the_one_before_along(
    world: World, app: SharedMemory
) -> None:
    await shown(world, app, "instagram", "https://www.instagram.com/ada/")
    ada = NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "eve"),))
    world.roster().import_talents([ada])
    assert not world.repository.load("ada").selection.has_picture
    assert handle(world, "instagram") == "eve"
