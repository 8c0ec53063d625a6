"""What is shown, read the same from every backend."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Selection
from talentimg.models.review import Review, ReviewState
from talentimg.repository.interface import Change
from talentimg.repository.interface.profiles import AppUser
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.registry import open_profiles
from tests.repository.builders import NOW, found, picture, shown, talent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.profiles import Profiles


@pytest.fixture
def profiles(repository: Repository, request: pytest.FixtureRequest) -> Iterator[Profiles]:
    """What is shown in the repository."""
    if isinstance(repository, MemoryRepository):
        yield repository
        return
    is_sqlite = "sqlite" in type(repository).__module__
    store = request.getfixturevalue("new_store" if is_sqlite else "new_database")
    with closing(open_profiles(f"sqlite:///{store}" if is_sqlite else store)) as opened:
        yield opened


def show(repository: Repository, talent_id: str = "ada") -> None:
    change = Change(talent_id, shown(), candidates=(found(talent_id),), picture=picture())
    assert repository.save([change], NOW) == []


def test_a_talent_who_shows_a_picture_of_ours(repository: Repository, profiles: Profiles) -> None:
    repository.add([talent("ada", "bluesky", "instagram", avatar_url="https://a.example/a.png")], NOW)
    show(repository)
    profile = profiles.profile("ada")
    assert profile is not None
    assert (profile.talent_id, profile.shown_name, profile.source) == ("ada", "Ada", "bluesky")
    assert (profile.url, profile.content_hash) == (shown().url, "c0ffee")
    assert (profile.renditions, profile.synced_at) == (picture().renditions, NOW)
    assert profile.user is not None
    assert profile.user.avatar_url == "https://a.example/a.png"
    told = [(a.platform, a.handle, a.connected, a.pictured, a.talent_id) for a in profile.accounts]
    assert told == [
        ("bluesky", "ada.on.bluesky", True, True, "ada"),
        ("instagram", "ada.on.instagram", True, False, "ada"),
    ]


def test_a_talent_of_whom_nothing_is_known_yet(repository: Repository, profiles: Profiles) -> None:
    repository.add([talent("ada")], NOW)
    profile = profiles.profile("ada")
    assert profile is not None
    assert (profile.source, profile.url, profile.content_hash, profile.synced_at) == (
        "initials",
        None,
        None,
        None,
    )
    assert (profile.renditions, profile.accounts, profile.user) == ((), (), None)


@pytest.mark.parametrize("talent_id", ["nobody", "", "\0", "\ud800", "'; --", "%s", "a" * 10_000])
def test_there_is_no_such_talent(repository: Repository, profiles: Profiles, talent_id: str) -> None:
    repository.add([talent("ada")], NOW)
    assert profiles.profile(talent_id) is None
    assert profiles.profile_of_user(talent_id) is None
    assert profiles.user(talent_id) is None
    assert profiles.account(talent_id) is None
    assert profiles.forms(talent_id) == ()


def test_a_disconnected_account_is_told_as_such(repository: Repository, profiles: Profiles) -> None:
    repository.add([talent("ada", "bluesky", "tiktok")], NOW)
    repository.disconnect("ada", "bluesky", NOW)
    profile = profiles.profile("ada")
    assert profile is not None
    assert [(a.platform, a.connected) for a in profile.accounts] == [("bluesky", False), ("tiktok", True)]
    assert [a.platform for a in profile.connected] == ["tiktok"]


def test_an_account_is_found_by_its_id(repository: Repository, profiles: Profiles) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    account = repository.load("ada").talent.accounts[0]
    read = profiles.account(account.id)
    assert read is not None
    assert (read.id, read.talent_id, read.platform) == (account.id, "ada", "bluesky")


def test_the_user_is_found_and_whose_talent_it_is(repository: Repository, profiles: Profiles) -> None:
    repository.add([talent("ada", avatar_url="https://a.example/a.png"), talent("bob")], NOW)
    profile = profiles.profile("ada")
    assert profile is not None
    assert profile.user is not None
    assert isinstance(profiles.user(profile.user.id), AppUser)
    assert profiles.user(profile.user.id) == profile.user
    own = profiles.profile_of_user(profile.user.id)
    assert own is not None
    assert own.talent_id == "ada"


def test_everybody_comes_once_by_id_descending(repository: Repository, profiles: Profiles) -> None:
    ids = [f"t{n}" for n in range(7)]
    repository.add([talent(i, "bluesky", avatar_url="https://a.example/a.png") for i in ids], NOW)
    show(repository, "t3")
    first = profiles.profiles(limit=4)
    rest = profiles.profiles(before=first[-1].talent_id, limit=4)
    assert [p.talent_id for p in (*first, *rest)] == ids[::-1]
    assert [p.talent_id for p in profiles.whole_roster()] == ids[::-1]
    assert {p.talent_id for p in first if p.content_hash} == {"t3"}
    assert not any(p.renditions for p in first)
    assert all(len(p.accounts) == 1 and p.user for p in first)
    assert profiles.profiles(representation="EXCLUSIVE") == []


def test_the_forms_of_a_picture(repository: Repository, profiles: Profiles) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    show(repository)
    assert profiles.forms("c0ffee") == picture().renditions
    profiles.check()


def test_the_forms_of_a_picture_are_told_while_it_is_shown_or_waits(
    repository: Repository, profiles: Profiles
) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    review = Review("ada", "bluesky", "5ource", "c0ffee", ReviewState.WAITING, NOW)
    change = Change("ada", Selection(synced_at=NOW), candidates=(found("ada"),), picture=picture())
    assert repository.save([replace(change, reviews=(review,))], NOW) == []
    assert profiles.forms("c0ffee") == ()
    assert profiles.forms("c0ffee", waiting=True) == picture().renditions
    assert (
        repository.save([replace(change, reviews=(replace(review, state=ReviewState.REJECTED),))], NOW) == []
    )
    assert profiles.forms("c0ffee", waiting=True) == ()
    show(repository)
    assert profiles.forms("c0ffee") == profiles.forms("c0ffee", waiting=True) == picture().renditions
