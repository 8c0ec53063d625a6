"""The app keeps handles as people typed them: another spelling of an account changes nothing."""

from __future__ import annotations

import pytest

from talentimg.models import Token
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.service.people.accounts import asks_the_same
from talentimg.service.people.files.faults import Place
from talentimg.service.people.files.roster import RosterFile
from talentimg.service.people.spelling import as_stored
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


@pytest.mark.parametrize(
    ("kept", "given", "same"),
    [
        (None, "https://ada.example/", True),
        ("ada.example", "https://Ada.example", True),
        ("https://ada.example/about", "ada.example/about#top", True),
        ("https://ada.example/about", "https://ada.example/About", False),
        (None, "https://ada.example/about", False),
        ("no page at all", "no page either", False),
        ("https://ada.example/about", None, True),
    ],
)
def test_a_website_is_asked_for_the_same_page_however_it_is_spelt(
    world: World, kept: str | None, given: str | None, same: bool
) -> None:
    known = NewAccount("website", "https://ada.example", kept)
    world.repository.add([NewTalent("ada", "Ada", accounts=(known,))], world.now)
    talent = world.repository.load("ada").talent
    old = talent.account("website")
    assert old is not None
    new = as_stored(NewAccount("website", "ada.example", given), talent, world.accounts().normalised)
    assert (new.handle, asks_the_same(old, new)) == (old.handle, same)
    assert (new.profile_url or kept) == (kept if same else given)


def test_a_page_that_is_only_shown_is_taken_as_it_is_given(world: World) -> None:
    known = NewAccount("instagram", "ada", "http://instagram.com/ada")
    world.repository.add([NewTalent("ada", "Ada", accounts=(known,))], world.now)
    page = "https://www.instagram.com/ada"
    world.roster().import_talents([NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "ada", page),))])
    account = world.repository.load("ada").talent.account("instagram")
    assert account is not None
    assert account.profile_url == page
