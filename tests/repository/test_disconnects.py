"""What a person disconnected, and every repository remembers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.repository.dry import DryRepository
from talentimg.repository.interface import Disconnected, NewAccount, NewTalent
from tests.repository.builders import NOW, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository
    from tests.the_app import TheApp

ADA = Disconnected("ada", "bluesky", "ada.on.bluesky")


def of_bluesky(handle: str) -> NewTalent:
    return NewTalent("ada", "Ada", accounts=(NewAccount("BlueSky", handle),))


def bluesky_of_ada(repository: Repository) -> str | None:
    account = repository.load("ada").talent.account("bluesky")
    return account.handle if account else None


def test_nothing_is_remembered_of_whom_nobody_disconnected(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    repository.disconnect("ada", "github", NOW)
    assert repository.disconnected(["ada", "nobody", "a\0", "\ud800"]) == set()
    assert repository.disconnected([]) == set()


def test_what_a_person_disconnected_is_remembered_once_however_it_is_spelt(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky", "github"), talent("bob", "bluesky")], NOW)
    repository.connect("ada", NewAccount("bluesky", "@Ada.On.Bluesky"), NOW)
    for platform in ("BlueSky", "bluesky"):
        repository.disconnect("ada", platform, NOW)
    assert repository.disconnected(["ada", "bob"]) == {ADA}
    assert repository.disconnected(["bob"]) == set()


@pytest.mark.parametrize("handle", ["ada.on.bluesky", "@Ada.On.BlueSky", " ADA.on.bluesky "])
def test_an_update_leaves_alone_what_a_person_disconnected(repository: Repository, handle: str) -> None:
    repository.add([talent("ada", "bluesky", "github")], NOW)
    repository.disconnect("ada", "bluesky", NOW)
    for _ in range(2):
        repository.update([replace(of_bluesky(handle), name="Ada L."), talent("bob", "bluesky")], NOW)
    record = repository.load("ada")
    assert (record.talent.name, [a.platform for a in record.talent.accounts]) == ("Ada L.", ["github"])
    assert [a.platform for a in repository.load("bob").talent.accounts] == ["bluesky"]


def test_an_update_takes_another_handle_and_still_knows_the_old_one(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky")], NOW)
    repository.disconnect("ada", "bluesky", NOW)
    repository.update([of_bluesky("new.example")], NOW)
    assert bluesky_of_ada(repository) == "new.example"
    repository.update([talent("ada", "bluesky")], NOW)
    assert (bluesky_of_ada(repository), repository.disconnected(["ada"])) == ("new.example", {ADA})
    repository.disconnect("ada", "bluesky", NOW)
    assert repository.disconnected(["ada"]) == {ADA, Disconnected("ada", "bluesky", "new.example")}
    assert DryRepository(repository).disconnected(["ada"]) == repository.disconnected(["ada"])


def test_a_person_who_connects_an_account_again_has_it_updated_again(repository: Repository) -> None:
    repository.add([talent("ada", "bluesky", "github")], NOW)
    for platform in ("bluesky", "github"):
        repository.disconnect("ada", platform, NOW)
    repository.connect("ada", NewAccount("bluesky", "other.example"), NOW)
    assert ADA in repository.disconnected(["ada"]), "it is another account that is connected"
    repository.connect("ada", NewAccount("BLUESKY", "@Ada.on.Bluesky"), NOW)
    assert {one.platform for one in repository.disconnected(["ada"])} == {"github"}
    repository.update([of_bluesky("ada.on.bluesky")], NOW)
    assert bluesky_of_ada(repository) == "ada.on.bluesky"


def test_the_app_may_connect_again_what_a_person_disconnected(both: tuple[Repository, TheApp]) -> None:
    """That is the app's word: an update brings such an account up to date, until the app disconnects it."""
    repository, app = both
    repository.add([talent("ada", "bluesky")], NOW)
    repository.disconnect("ada", "bluesky", NOW)
    app.write_connected("ada", "bluesky", connected=True)
    page = "https://bsky.app/profile/ada.on.bluesky"
    for _ in range(2):
        account = NewAccount("bluesky", "ada.on.bluesky", page)
        repository.update([NewTalent("ada", "Ada", accounts=(account,))], NOW)
        (connected,) = repository.load("ada").talent.accounts
        assert connected.profile_url == page
    app.write_connected("ada", "bluesky", connected=False)
    repository.update([talent("ada", "bluesky")], NOW)
    assert bluesky_of_ada(repository) is None


def test_nothing_is_remembered_of_whom_the_app_removed(both: tuple[Repository, TheApp]) -> None:
    repository, app = both
    for bring_in in (repository.add, repository.update):
        bring_in([talent("ada", "bluesky")], NOW)
        repository.disconnect("ada", "bluesky", NOW)
        app.remove("ada")
    repository.add([talent("ada", "bluesky")], NOW)
    assert (bluesky_of_ada(repository), repository.disconnected(["ada"])) == ("ada.on.bluesky", set())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["update", "connect", "disconnect"]), st.sampled_from("ab"))))
def test_no_update_ever_connects_what_a_person_disconnected_last(
    repository: Repository, said: list[tuple[str, str]]
) -> None:
    """Of each account, the last word of a person counts; where nobody said anything, the update does."""
    unsaid = f"t{len(repository.roster(limit=10_000))}"
    repository.add([NewTalent(unsaid, "T")], NOW)
    connected: str | None = None
    shunned: set[str] = set()
    for what, handle in said:
        account = NewAccount("bluesky", handle)
        if what == "update":
            repository.update([NewTalent(unsaid, "T", accounts=(account,))], NOW)
            connected = connected if handle in shunned else handle
        elif what == "connect":
            repository.connect(unsaid, account, NOW)
            connected = handle
            shunned.discard(handle)
        else:
            repository.disconnect(unsaid, "bluesky", NOW)
            shunned |= {connected} if connected else set()
            connected = None
        now = repository.load(unsaid).talent.account("bluesky")
        assert (now.handle if now else None) == connected
    assert {one.handle for one in repository.disconnected([unsaid])} == shunned
