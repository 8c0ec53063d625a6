"""An import is written whole with what follows from it, and can be taken back; an edit likewise."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import TalentNotFound, UsageError
from talentimg.models import INITIALS, USER, Action, AuditEntry, Lock, Policy
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.registry import open_repository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.repository.urls import sqlite_url
from talentimg.service.people.files.faults import Place
from talentimg.service.people.files.own import Word
from talentimg.service.people.files.roster import RosterFile
from talentimg.service.people.undo import OF_THE_APP, SPOKEN_OF, Imports
from tests.service.world import World
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.entries import Present

ADA = NewTalent("ada", "Ada", "ada@example.org", None, (NewAccount("github", "ada"),))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A world on each kind of store."""
    repository: Repository
    if request.param == "memory":
        repository = MemoryRepository()
    elif request.param == "sqlite":
        repository = SqliteRepository.open(request.getfixturevalue("new_store"))
    else:
        repository = PostgresRepository.open(request.getfixturevalue("new_database"))
    with repository:
        yield World(repository=repository)


def imports(world: World) -> Imports:
    return Imports(world.repository, world.accounts(), lambda: world.now)


def account(handle: str, platform: str = "github") -> tuple[NewAccount, ...]:
    return (NewAccount(platform, handle),)


# -- imports --------------------------------------------------------------------------------


def test_an_import_tells_of_those_whom_it_changed(world: World) -> None:
    roster = world.roster()
    first = roster.import_talents([ADA, NewTalent("bob", "Bob")])
    world.pass_time(days=1)
    second = roster.import_talents([NewTalent("ada", "Ada King"), NewTalent("bob", "Bob")])
    assert [entry.about["import"] for entry in world.repository.audit("ada")] == [second.id, first.id]
    (entry,) = world.repository.audit("bob")
    assert (entry.action, entry.by, entry.about["file"]) == (Action.IMPORT, "operator", "the import")
    roster.import_talents([NewTalent("ada", "Ada King")])
    assert len(world.repository.audit("ada")) == 2, "it changed nobody"


async def test_what_an_import_replaces_is_withdrawn_with_it(world: World) -> None:
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    await world.run()
    assert world.repository.load("ada").selection.source == "instagram"
    world.roster().import_talents([NewTalent("ada", "Ada", accounts=account("eve", "instagram"))])
    record = world.repository.load("ada")
    assert (record.selection.source, record.candidates) == (INITIALS, {})
    (entry,) = world.repository.history("ada", limit=1)
    assert entry.why == "the roster was imported"


async def test_the_last_import_is_taken_back_and_then_the_one_before(world: World) -> None:
    roster, back = world.roster(), imports(world)
    roster.import_talents([ADA])
    before = world.repository.entries(["ada"])
    world.pass_time(days=1)
    changed = NewTalent("ada", "Eve", "eve@example.org", "https://e.example/e", account("eve"))
    roster.import_talents([changed, NewTalent("bob", "Bob", accounts=account("bob"))])
    world.pass_time(days=1)
    assert back.preview().removed == ("bob",)
    undo = back.take_back(by="ann", why="the wrong file")
    assert (undo.restored, undo.removed, undo.stay) == (("ada",), ("bob",), ())
    assert world.repository.entries(["ada", "bob"]) == before
    said = world.repository.audit("ada")[0]
    assert (said.action, said.by, said.why) == (Action.IMPORT, "ann", "the wrong file")
    assert said.about == {"taken_back": undo.id}
    assert back.take_back(by="ann").removed == ("ada",)
    assert world.repository.count() == 0
    with pytest.raises(UsageError, match="no import left"):
        back.take_back(by="ann")


def of_decisions(lock: Lock) -> RosterFile:
    """The file of an export that changes no row, and brings a lock."""
    place = Place(1, "talent")
    return RosterFile("r.json", ((place, NewTalent("ada", "Ada")),), words={place: Word(policy=Policy(lock))})


def test_the_last_import_is_the_last_one_even_if_it_changed_no_row(world: World) -> None:
    roster, back, lock = world.roster(), imports(world), Lock("eve", world.now)
    roster.import_talents([ADA])
    world.pass_time(hours=1)
    with_lock = roster.import_file(of_decisions(lock))
    world.pass_time(hours=1)
    nothing = roster.import_file(of_decisions(lock))
    undo = back.take_back(by="ann")
    assert (undo.id, undo.restored, undo.removed, undo.decided) == (nothing.id, (), (), ())
    undo = back.take_back(by="ann")
    assert (undo.id, undo.restored, undo.removed, undo.decided) == (with_lock.id, (), (), ("ada",))
    assert world.repository.load("ada").policy.lock == lock
    assert back.preview().removed == ("ada",)


async def test_pictures_of_what_is_taken_back_go_at_once(world: World) -> None:
    world.add("ada", "instagram")
    world.roster().import_talents([NewTalent("ada", "Ada", accounts=account("eve", "instagram"))])
    world.offers("instagram", "eve", 2)
    await world.run()
    assert world.repository.load("ada").selection.has_picture
    imports(world).take_back(by="ann")
    record = world.repository.load("ada")
    assert (record.selection.source, record.talent.accounts[0].handle) == (INITIALS, "ada")
    (last,) = world.repository.history("ada", limit=1)
    assert (last.why, last.by) == ("an import was taken back", "ann")


async def test_what_somebody_changed_since_is_not_taken_back(world: World) -> None:
    roster, back = world.roster(), imports(world)
    roster.import_talents([ADA, NewTalent("bob", "Bob"), NewTalent("cid", "Cid")])
    world.pass_time(hours=1)
    roster.import_talents(
        [NewTalent("ada", "Eve", accounts=account("eve")), NewTalent("bob", "Rob"), NewTalent("dan", "Dan")]
    )
    roster.edit("bob", name="Robert")
    world.repository.update([NewTalent("dan", "Dan", "dan@example.org")], world.now)
    before = world.repository.entries(["ada", "bob", "cid", "dan"])
    with pytest.raises(UsageError, match=r"somebody has changed since: bob \(name\), dan\."):
        back.take_back(by="ann")
    assert world.repository.entries(["ada", "bob", "cid", "dan"]) == before
    assert back.preview().conflicts == ("bob (name)", "dan")


def test_what_the_import_did_not_touch_may_have_been_changed_since(world: World) -> None:
    roster = world.roster()
    roster.import_talents([ADA, NewTalent("bob", "Bob")])
    world.pass_time(hours=1)
    roster.import_talents([NewTalent("ada", "Eve"), NewTalent("bob", "Rob")])
    roster.edit("ada", email="new@example.org")
    roster.edit("bob", name="Bob")
    undo = imports(world).take_back(by="ann")
    assert undo.restored == ("ada",), "the name of the other is as it was already"
    talent = world.repository.load("ada").talent
    assert (talent.name, talent.email) == ("Ada", "new@example.org")


def test_somebody_of_whom_people_have_spoken_stays(world: World) -> None:
    world.roster().import_talents([ADA, NewTalent("bob", "Bob")])
    world.repository.save_audit([AuditEntry("ada", world.now, Action.LOCK, "eve")])
    undo = imports(world).take_back(by="ann")
    assert [(one.talent_id, one.why) for one in undo.stay] == [("ada", SPOKEN_OF)]
    assert undo.removed == ("bob",)
    assert world.repository.entries(["ada", "bob"]).keys() == {"ada"}


class TheApps(MemoryRepository):
    """A roster whose rows are the app's."""

    def is_own(self) -> bool:
        return False

    def present(self, talent_ids: Sequence[str]) -> Present:
        return replace(super().present(talent_ids), is_own=False)


def test_rows_of_the_app_are_neither_edited_nor_removed() -> None:
    world = World(repository=TheApps())
    world.roster().import_talents([ADA])
    with pytest.raises(UsageError, match="rows of the agency's app, and are edited there alone"):
        world.roster().edit("ada", name="Eve")
    undo = imports(world).take_back(by="ann")
    assert [(one.talent_id, one.why) for one in undo.stay] == [("ada", OF_THE_APP)]


NAMES = st.sampled_from(["Ada", "Eve"])
FILES = st.lists(
    st.builds(
        NewTalent,
        st.sampled_from(["ada", "bob", "cid"]),
        NAMES,
        st.sampled_from([None, "a@example.org", "b@example.org"]),
        st.sampled_from([None, "https://a.example/1", "https://a.example/2"]),
        st.sampled_from([(), account("ada"), account("eve"), account("a.example", "bluesky")]),
    ),
    unique_by=lambda talent: talent.id,
    max_size=3,
)


@given(st.lists(FILES.filter(bool), min_size=1, max_size=4))
def test_taking_all_imports_back_ends_where_they_began(files: list[list[NewTalent]]) -> None:
    world = World()
    stands = [world.repository.entries(["ada", "bob", "cid"])]
    for file in files:
        world.pass_time(hours=1)
        world.roster().import_talents(file)
        stands.append(world.repository.entries(["ada", "bob", "cid"]))
    for before in reversed(stands[:-1]):
        imports(world).take_back(by="ann")
        assert world.repository.entries(["ada", "bob", "cid"]) == before


DEADLY = """
import os, signal, sys
from datetime import UTC, datetime
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.registry import open_repository

def die(written):
    assert written.after["ada"].name == "Eve"
    os.kill(os.getpid(), signal.SIGKILL)

with open_repository(sys.argv[1]) as repository:
    new = [NewTalent("ada", "Eve", accounts=(NewAccount("github", "eve"),)), NewTalent("bob", "Bob")]
    repository.update(new, datetime.now(UTC), follow=die)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_import_that_is_killed_between_its_parts_has_done_nothing(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url = (
        sqlite_url(request.getfixturevalue("new_store"))
        if kind == "sqlite"
        else request.getfixturevalue("new_database")
    )
    with open_repository(url) as repository:
        repository.add([ADA], World().now)
        before = repository.entries(["ada"])
    command = [sys.executable, "-c", DEADLY, url]
    done = subprocess.run(command, check=False, timeout=TIME_LIMIT, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    with open_repository(url) as repository:
        assert repository.entries(["ada", "bob"]) == before
        assert repository.imports() == []


# -- edits ----------------------------------------------------------------------------------


async def test_an_avatar_that_is_replaced_is_shown_no_longer(world: World) -> None:
    avatar = "https://cdn.example/user/ada.jpg"
    world.add("ada", avatar=avatar)
    world.offers("instagram", "nobody", 1)
    world.web.pictures[avatar] = world.web.pictures["https://cdn.example/instagram/nobody/1.jpg"]
    await world.run()
    assert world.repository.load("ada").selection.source == USER
    done = world.roster().edit("ada", avatar_url="", by="ann", why="she asked")
    assert (done.fields, done.source, done.talent.avatar_url) == (("avatar_url",), INITIALS, None)
    record = world.repository.load("ada")
    assert not record.selection.has_picture
    (entry,) = world.repository.audit("ada")
    assert (entry.action, entry.by, entry.why) == (Action.EDIT, "ann", "she asked")
    assert entry.about == {"fields": "avatar_url"}
    assert world.repository.history("ada", limit=1)[0].by == "ann"


async def test_a_lock_holds_the_picture_of_an_avatar_that_is_replaced(world: World) -> None:
    avatar = "https://cdn.example/user/ada.jpg"
    world.add("ada", avatar=avatar)
    world.offers("instagram", "nobody", 1)
    world.web.pictures[avatar] = world.web.pictures["https://cdn.example/instagram/nobody/1.jpg"]
    await world.run()
    world.repository.save_policy("ada", Policy(Lock("eve", world.now)))
    assert world.roster().edit("ada", avatar_url="https://other.example/a").source == USER


def test_an_edit_changes_what_is_given_and_nothing_else(world: World) -> None:
    world.roster().import_talents([ADA])
    done = world.roster().edit("ada", name="Zoe\u0301")
    assert (done.talent.name, done.talent.email, done.fields) == ("Zo\u00e9", "ada@example.org", ("name",))
    assert world.roster().edit("ada", name="Zo\u00e9", email="ada@example.org").fields == ()
    assert world.roster().edit("ada", email="").talent.email is None
    assert len(world.repository.audit("ada")) == 3


def test_what_cannot_be_is_refused_and_changes_nothing(world: World) -> None:
    roster = world.roster()
    roster.import_talents([ADA])
    for values in ({}, {"name": " "}, {"email": "no"}, {"avatar_url": "no"}):
        with pytest.raises(UsageError):
            roster.edit("ada", **values)
    with pytest.raises(TalentNotFound):
        roster.edit("eve", name="Eve")
    assert world.repository.load("ada").talent.name == "Ada"


def test_somebody_removed_meanwhile_does_not_come_back() -> None:
    class Removing(MemoryRepository):
        def is_own(self) -> bool:
            self._talents.pop("ada")
            return True

    world = World(repository=Removing())
    world.add("ada")
    with pytest.raises(TalentNotFound):
        world.roster().edit("ada", name="Eve")
    assert world.repository.count() == 0
