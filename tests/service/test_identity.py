"""Accounts that answer as somebody else, and accounts that have a new name, on every kind of store."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import ProviderError, UsageError
from talentimg.models import Account, Action, OutcomeKind, Reason, ReviewMode
from talentimg.models.question import is_another_name
from talentimg.providers.interface import Found, ProviderContext
from talentimg.providers.registry import provider_class
from talentimg.providers.replies import check_asked, check_identity
from talentimg.repository.interface import NewAccount
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.store.forms import is_whole
from tests.conftest import NOW
from tests.providers.played import NoStore
from tests.service.world import FakeWeb, NoApi, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from talentimg.models import Outcome
    from talentimg.repository.interface import Repository


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
        world.add("ada", "instagram")
        world.offers("instagram", "ada", 1, user_id="17")
        yield world


def account(world: World) -> Account:
    (only,) = world.repository.load("ada").talent.accounts
    return only


def answers_as(world: World, user_id: str) -> None:
    """From now on somebody else has the handle, with a picture of their own."""
    world.offers("instagram", "ada", 2, user_id=user_id)
    found = world.providers["instagram"].answers["ada"]
    try:
        check_identity(account(world), user_id, world.providers["instagram"].info, 1)
    except ProviderError as error:
        world.providers["instagram"].answers["ada"] = error
    assert found


def of_another(user_id: str) -> ProviderError:
    """What a provider makes of a token that belongs to another account than the roster names."""
    provider = provider_class("github")(ProviderContext(NoApi(), FakeWeb(), {}, lambda: NOW, NoStore()))
    with pytest.raises(ProviderError) as caught:
        check_asked(provider, Account("1", "ada", "github", "ada"), "grace", 1, user_id)
    assert (caught.value.reason, caught.value.answered_by) == (Reason.IDENTITY, user_id)
    return caught.value


async def accept(world: World) -> Outcome:
    desk = world.identities()
    stranger = desk.stranger("ada", "Instagram")
    world.offers("instagram", "ada", 2, user_id=stranger.answers_as)
    return [event.outcome async for event in desk.accept(stranger, by="eve", why="called her")][-1]


async def test_a_stranger_is_shown_only_once_a_person_has_accepted_them(world: World) -> None:
    await world.sync()
    before = world.repository.load("ada").selection
    answers_as(world, "99")
    for _ in range(2):
        outcome = await world.sync()
        assert (outcome.kind, outcome.reason) == (OutcomeKind.KEPT, Reason.IDENTITY)
        assert "talentimg accept ID instagram" in (outcome.detail or "")
    assert world.repository.load("ada").selection.content_hash == before.content_hash
    assert account(world).external_id == "17"
    stranger = world.identities().stranger("ada", "instagram")
    assert (stranger.known_id, stranger.answers_as) == ("17", "99")
    assert (await accept(world)).kind is OutcomeKind.UPDATED
    assert account(world).external_id == "99"
    (said,) = world.repository.audit("ada")
    assert (said.action, said.by, said.why) == (Action.ACCEPT, "eve", "called her")
    assert said.about == {"platform": "instagram", "from": "17", "to": "99"}
    with pytest.raises(UsageError, match="nothing to accept"):
        world.identities().stranger("ada", "instagram")


async def test_the_first_look_with_a_token_of_another_account_can_be_accepted_too(world: World) -> None:
    """Nobody's id is known yet, and that of the stranger is not learnt before a person says so."""
    world.fails("instagram", "ada", of_another("99"))
    assert (await world.sync()).kind is OutcomeKind.FAILED
    assert account(world).external_id is None
    assert (await accept(world)).kind is OutcomeKind.UPDATED
    assert account(world).external_id == "99"


async def silent(world: World) -> None:
    world.fails("instagram", "ada")
    await world.sync()


async def absent(world: World) -> None:
    world.lacks("instagram", "ada")
    await world.sync()


async def found_without_an_id(world: World) -> None:
    world.offers("instagram", "ada", 1)
    found = world.providers["instagram"].answers["ada"]
    assert isinstance(found, Found)
    world.providers["instagram"].answers["ada"] = replace(found, user_id=None)
    await world.sync()


@pytest.mark.parametrize(
    "nights", [(absent,), (found_without_an_id,), (silent, absent), (silent, silent, absent)]
)
async def test_the_id_of_a_stranger_is_never_learnt_by_the_looks_that_follow(
    world: World, nights: tuple[Callable[[World], Awaitable[None]], ...]
) -> None:
    world.fails("instagram", "ada", of_another("99"))
    await world.sync()
    for night in nights:
        await night(world)
    assert account(world).external_id is None
    assert world.repository.load("ada").candidates["instagram"].platform_user_id is None


async def test_whoever_answers_can_be_looked_at_before_a_person_says_anything(world: World) -> None:
    await world.sync()
    answers_as(world, "99")
    await world.sync()
    before = world.repository.load("ada")
    desk = world.identities()
    stranger = desk.stranger("ada", "instagram")
    world.offers("instagram", "ada", 2, user_id="99")
    offered = await desk.offered(stranger)
    assert offered.picture is not None
    assert offered.picture.content_hash not in {None, before.selection.content_hash}
    assert is_whole(world.store, offered.picture, seen_at=world.now)
    assert world.repository.load("ada") == before
    assert world.repository.picture(offered.picture.content_hash) is None
    assert (await accept(world)).content_hash == offered.picture.content_hash


async def test_only_who_was_seen_is_accepted(world: World) -> None:
    await world.sync()
    answers_as(world, "99")
    await world.sync()
    seen = world.identities().stranger("ada", "instagram")
    answers_as(world, "100")
    await world.sync()
    with pytest.raises(UsageError, match="Somebody else answers"):
        [event async for event in world.identities().accept(seen, by="eve")]
    assert account(world).external_id == "17"


@pytest.mark.parametrize("platform", ["instagram", "github"])
async def test_where_nobody_else_answers_there_is_nothing_to_accept(world: World, platform: str) -> None:
    await world.sync()
    with pytest.raises(UsageError):
        world.identities().stranger("ada", platform)


async def test_an_answer_that_does_not_say_whose_it_is_cannot_be_accepted(world: World) -> None:
    world.fails("instagram", "ada", ProviderError("No channel.", reason=Reason.IDENTITY))
    await world.sync()
    with pytest.raises(UsageError, match="did not say whose account"):
        world.identities().stranger("ada", "instagram")


async def test_a_new_face_that_was_accepted_still_waits_for_review(world: World) -> None:
    world.review = ReviewMode.VISUAL
    await world.sync()
    answers_as(world, "99")
    await world.sync()
    assert (await accept(world)).reason is Reason.REVIEW


# -- new names -------------------------------------------------------------------------------


def renamed(world: World, handle: str | None) -> None:
    """From now on the platform calls the account this."""
    found = world.providers["instagram"].answers["ada"]
    assert isinstance(found, Found)
    world.providers["instagram"].answers["ada"] = replace(found, handle=handle)


async def test_a_new_name_is_told_once_and_stands_beside_the_account(world: World) -> None:
    await world.sync()
    renamed(world, "adalove")
    (attempt,) = (await world.sync()).attempts
    assert attempt.detail == "The account is now called adalove, and the roster still calls it ada."
    assert (account(world).handle, account(world).renamed_to) == ("ada", "adalove")
    for _ in range(2):
        (attempt,) = (await world.sync()).attempts
        assert attempt.detail is None
        assert "now called adalove" in (world.repository.load("ada").candidates["instagram"].detail or "")
    (told,) = world.repository.audit("ada")
    assert (told.action, told.by) == (Action.RENAMED, "sync")
    assert told.about == {"platform": "instagram", "from": "ada", "to": "adalove"}
    (row,) = world.repository.roster()
    assert row.accounts[0].renamed_to == "adalove"


async def test_so_it_is_at_the_first_look(world: World) -> None:
    renamed(world, "adalove")
    await world.sync()
    assert account(world).renamed_to == "adalove"


async def test_a_second_new_name_is_told_and_the_old_one_again_ends_it(world: World) -> None:
    for name in ("adalove", "ada.l", "@ADA", "Ada"):
        renamed(world, name)
        await world.sync()
    assert account(world).renamed_to is None
    assert [told.about["to"] for told in world.repository.audit("ada")] == ["ada.l", "adalove"]


async def test_whoever_says_no_name_says_nothing_of_it(world: World) -> None:
    for name in ("adalove", None, "bad\x1bname"):
        renamed(world, name)
        await world.sync()
    assert account(world).renamed_to in {"adalove", None}
    assert len(world.repository.audit("ada")) == 1


async def test_once_the_roster_has_the_new_name_nothing_is_told(world: World) -> None:
    renamed(world, "adalove")
    await world.sync()
    world.offers("instagram", "adalove", 1, user_id="17")
    await world.connect("ada", NewAccount("instagram", "adalove"))
    assert (account(world).handle, account(world).renamed_to) == ("adalove", None)


def test_names_are_the_same_in_every_spelling(world: World) -> None:
    assert not is_another_name(account(world), "@ADA")
    assert not is_another_name(account(world), None)
    assert is_another_name(account(world), "grace")
