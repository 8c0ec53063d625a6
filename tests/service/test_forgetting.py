"""Forget means forget: nothing is left, whatever interrupts it, and nothing comes back."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import TalentForgotten, TalentNotFound, UsageError
from talentimg.models import INITIALS, Action, AuditEntry, Lock, OutcomeKind, Policy, RunState
from talentimg.models.talent import FORGOTTEN
from talentimg.repository.interface import NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.people.decisions import Decisions, Said
from talentimg.service.people.forgetting import Forgetting
from talentimg.service.people.left_out import ForgottenTalent
from talentimg.service.run.records import RunRecords
from talentimg.service.run.removing import Remover
from talentimg.service.run.tally import Tally
from talentimg.store.folder import FolderStore
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.postgres import dumped
from tests.service.world import PLATFORMS, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from talentimg.repository.interface import Repository

ID, NAME, HANDLE, MAIL = "zq-77", "Zebulina Quuxbury", "zebu.quux", "zebu@quux.example"
"""Words that are found nowhere else."""


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def repository(request: pytest.FixtureRequest) -> Iterator[Repository]:
    """A roster of each kind."""
    with ExitStack() as stack:
        if request.param == "memory":
            yield MemoryRepository()
        elif request.param == "sqlite":
            yield stack.enter_context(SqliteRepository.open(request.getfixturevalue("new_store")))
        else:
            yield stack.enter_context(PostgresRepository.open(request.getfixturevalue("new_database")))


@pytest.fixture
def world(repository: Repository, tmp_path: Path) -> World:
    """One talent with a past, and another one who shares a picture with them."""
    return peopled(World(repository, FolderStore(tmp_path / "pictures")))


def peopled(world: World) -> World:
    accounts = tuple(NewAccount(platform, HANDLE) for platform in PLATFORMS)
    world.repository.add([NewTalent(ID, NAME, MAIL, "https://quux.example/zebu.png", accounts)], NOW)
    world.add("bob", "instagram")
    world.offers("instagram", HANDLE, 1)
    world.offers("instagram", "bob", 7)
    for platform in ("tiktok", "youtube"):
        world.offers(platform, HANDLE, 7)
    asyncio.run(a_past(world))
    return world


async def a_past(world: World) -> None:
    """Some nights, with a run on record, words of a person, and a picture that went."""
    await world.syncer().sync("bob")
    for seed in (1, 2, 3):
        world.offers("instagram", HANDLE, seed)
        await world.syncer().sync(ID)
        world.pass_time(days=1)
    runs = RunRecords(world.repository, lambda: world.now)
    tally = Tally()
    tally.add(await world.syncer().sync(ID, force=True))
    run = runs.completed(
        runs.begin(),
        tally,
        {},
        state=RunState.DONE,
        exit_code=0,
        outlook=world.repository.outlook(world.now, before=None, at_most=10, min_age=timedelta(1)),
        note=f"{NAME} was slow.",
    )
    runs.finish(run)
    world.repository.save_audit([AuditEntry(ID, world.now, Action.SET, "eve", f"for {NAME}")])
    world.repository.save_audit([AuditEntry("bob", world.now, Action.MERGE, "eve", about={"from": ID})])
    world.repository.save_policy(ID, Policy(Lock("eve", world.now, f"{NAME} wants it so")))


def forgetting(world: World, repository: Any = None, store: Any = None) -> Forgetting:
    repository, store = repository or world.repository, store or world.store
    remover = Remover(repository, store, lambda: world.now)
    return Forgetting(
        repository, store, remover, world.resolver(), lambda: world.now, platforms=(*PLATFORMS, "bluesky")
    )


def keys(world: World) -> set[str]:
    return {one.key for one in world.store.listing()}


def everything_kept(world: World, tmp_path: Path) -> bytes:
    """All bytes of the data folder, and all rows of a database elsewhere."""
    found = b"".join(path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file())
    if isinstance(world.repository, PostgresRepository):
        import psycopg

        with psycopg.connect(world.repository._connection_holder.address.conninfo) as connection:
            tables = connection.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
                "WHERE schemaname IN ('public', 'talentimg')"
            ).fetchall()
            for (table,) in tables:
                rows = connection.execute(f"SELECT t::text FROM {table} AS t").fetchall()
                found += "\n".join(row[0] for row in rows).encode()
    elif isinstance(world.repository, MemoryRepository):
        state = {name: value for name, value in vars(world.repository).items() if name != "_tombstones"}
        found += repr(state).encode()
    return found


def test_nothing_is_left(world: World, tmp_path: Path) -> None:
    before, others = everything_kept(world, tmp_path), keys(world)
    for word in (ID, NAME, HANDLE, MAIL, "quux"):
        assert word.encode() in before
    pictures = {key: world.store.get(key) or b"" for key in others}
    bob = world.repository.load("bob")
    proof = forgetting(world).forget(ID, by="eve")
    assert proof.holds
    assert proof.name == NAME
    assert (proof.pictures, proof.shared) == (3, 0)
    left = everything_kept(world, tmp_path)
    for word in (ID, NAME, HANDLE, MAIL, "quux", "Zebulina"):
        assert word.encode() not in left
    shown = world.repository.load("bob").selection.content_hash
    picture = world.repository.picture(shown or "")
    assert picture is not None
    assert keys(world) == {form.key for form in picture.renditions}
    gone = others - keys(world)
    assert proof.files == len(gone) == 12
    for key in gone:
        middle = len(pictures[key]) // 2
        assert pictures[key][middle : middle + 32] not in left
    assert world.repository.load("bob") == bob


def test_a_dump_of_the_database_names_nobody_who_is_forgotten(new_database: str, tmp_path: Path) -> None:
    with PostgresRepository.open(new_database) as repository:
        world = peopled(World(repository, FolderStore(tmp_path)))
        before = dumped(new_database)
        if not before:
            pytest.skip("no pg_dump of this server's age")
        hashes = {entry.to_hash for entry in repository.history(ID)} - {None}
        gone = {key.split("/")[1].encode() for key in keys(world)}
        words = [
            word.encode() for word in (ID, NAME, HANDLE, MAIL, "quux", "Zebulina", *filter(None, hashes))
        ]
        assert all(word in before for word in words)
        assert forgetting(world).forget(ID, by="eve").holds
        gone -= {key.split("/")[1].encode() for key in keys(world)}
        after = dumped(new_database)
        assert b"bob" in after
        assert not [word for word in words[:6] if word in after]
        assert gone
        # For a day the names of files that went stand there: a look that had stored one has to know.
        then = world.now + timedelta(days=2)
        repository.drop_aged(then, runs_before=NOW, history_before=NOW, limit=10)
        after = dumped(new_database)
        assert not [word for word in (*words, *gone) if word in after]


def test_a_picture_that_somebody_else_has_stays(world: World) -> None:
    world.offers("instagram", HANDLE, 7)  # as bob
    world.repository.save_policy(ID, Policy())
    asyncio.run(world.sync(ID))
    proof = forgetting(world).forget(ID, by="eve")
    assert (proof.pictures, proof.shared, proof.holds) == (3, 1, True)
    assert asyncio.run(world.sync("bob")).kind is OutcomeKind.UNCHANGED


def test_no_sync_and_no_import_brings_them_back(world: World, tmp_path: Path) -> None:
    forgetting(world).forget(ID, by="eve")
    world.pass_time(days=2)

    async def nights() -> list[str]:
        syncer = world.syncer()
        return [outcome.talent_id async for outcome in syncer.sync_due(before=None, limit=None, force=True)]

    assert asyncio.run(nights()) == ["bob"]
    with pytest.raises(TalentForgotten):
        asyncio.run(world.sync(ID))
    talent = NewTalent(ID, NAME, accounts=(NewAccount("instagram", HANDLE),))
    done = world.roster().import_talents([talent, NewTalent("cy", "Cy")])
    assert (done.added, done.updated, done.forgotten) == (1, 0, (ForgottenTalent(ID),))
    with pytest.raises(UsageError, match="forgotten"):
        world.roster().add(talent)
    assert NAME.encode() not in everything_kept(world, tmp_path)
    forgetting(world).remember(ID, by="eve")
    assert world.roster().import_talents([talent]).added == 1


def test_one_platform_is_forgotten_and_the_next_source_takes_over(world: World) -> None:
    world.offers("tiktok", HANDLE, 9)
    proof = forgetting(world).forget(ID, "Instagram", by="eve")
    assert (proof.pictures, proof.platform, proof.holds) == (3, "instagram", True)
    record = world.repository.load(ID)
    assert record.selection.source == INITIALS  # a lock of a picture that is gone does not hold it
    assert record.policy.lock is None
    assert [account.platform for account in record.talent.accounts] == ["tiktok", "youtube"]
    outcome = asyncio.run(world.sync(ID))
    assert (outcome.kind, outcome.source) == (OutcomeKind.UPDATED, "tiktok")
    assert "instagram" not in [attempt.source for attempt in outcome.attempts]
    talent = NewTalent(ID, NAME, accounts=(NewAccount("instagram", HANDLE), NewAccount("youtube", HANDLE)))
    done = world.roster().import_talents([talent])
    assert done.forgotten == (ForgottenTalent(ID, "instagram"),)
    assert world.repository.load(ID).talent.account("instagram") is None
    assert forgetting(world).forget(ID, "instagram", by="eve").before == world.now - timedelta(0)
    assert [one.why for one in world.repository.load(ID).policy.opt_outs] == [FORGOTTEN]
    forgetting(world).remember(ID, by="eve", why="She is back.")
    assert world.repository.load(ID).policy == Policy()
    said = [(one.action, one.by, one.why) for one in world.repository.audit(ID)]
    assert (Action.REMEMBER, "eve", "She is back.") in said


def test_a_lock_of_another_source_stays(world: World) -> None:
    forgetting(world).forget(ID, "tiktok", by="eve")
    record = world.repository.load(ID)
    assert record.policy.lock is not None
    assert record.selection.source == "instagram"


def test_it_can_be_said_again(world: World) -> None:
    service = forgetting(world)
    service.forget(ID, by="eve")
    world.pass_time(days=3)
    proof = service.forget(ID, by="ann")
    assert (proof.holds, proof.rows, proof.files) == (True, {}, 0)
    assert proof.before is not None
    assert proof.before < world.now
    with pytest.raises(TalentNotFound):
        service.forget("nobody", by="eve")
    with pytest.raises(UsageError):
        service.remember("nobody", by="eve")


def test_a_decision_does_not_bring_a_forgotten_platform_back(world: World) -> None:
    forgetting(world).forget(ID, "instagram", by="eve")
    decisions = Decisions(world.repository, world.resolver(), lambda: world.now)
    world.repository.connect(ID, NewAccount("bluesky", HANDLE), world.now)
    said = Said(Action.OPT_IN, "eve")
    decisions.carry_out(ID, Said(Action.LOCK, "eve"), lambda record, _: replace(record))
    # The row of the account is the app's where it stays, and then only the opt-out keeps it out.
    forgetting(world).forget(ID, by="eve")
    with pytest.raises(TalentForgotten):
        decisions.carry_out(ID, said, lambda record, _: replace(record, policy=Policy()))


# -- on and off the roster ------------------------------------------------------------------


def test_whoever_is_removed_may_be_imported_again(world: World, tmp_path: Path) -> None:
    (proof,) = forgetting(world).remove([ID], by="eve", why="left")
    assert (proof.holds, proof.pictures, proof.by, proof.why) == (True, 3, "eve", "left")
    assert NAME.encode() not in everything_kept(world, tmp_path)
    with pytest.raises(TalentNotFound):
        forgetting(world).remove([ID])
    world.add(ID, "instagram")


def test_merging_shows_what_follows_at_once(world: World) -> None:
    world.repository.add([NewTalent("cy", "Cy")], world.now)
    done = forgetting(world).merge(ID, "cy", by="eve", why="twice on the list")
    assert done.merged is not None
    assert done.proof.holds
    assert done.proof.pictures == 0
    record = world.repository.load("cy")
    assert record.selection.source == "instagram"
    assert [account.platform for account in record.talent.accounts] == sorted(PLATFORMS)
    assert asyncio.run(world.sync("cy")).kind is OutcomeKind.UNCHANGED
    assert forgetting(world).merge(ID, "cy", by="eve").merged is None
    for pair in (("cy", "cy"), ("nobody", "cy"), ("cy", "nobody")):
        with pytest.raises((UsageError, TalentNotFound)):
            forgetting(world).merge(*pair, by="eve")


# -- killed at every step ---------------------------------------------------------------------


class Killed(BaseException):
    """The process is no more."""


class Deadly:
    """Passes calls on, and ends the process after one of them."""

    def __init__(self, inner: object, steps: Iterator[bool]) -> None:
        self._inner = inner
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def step(*arguments: Any, **options: Any) -> Any:
            result = found(*arguments, **options)
            if next(self._steps):
                raise Killed
            return result

        return step


def dies_at(number: int) -> Iterator[bool]:
    place = 0
    while True:
        yield place == number
        place += 1


def killed_everywhere(fresh: Callable[[], World], act: Callable[[Forgetting], object]) -> Iterator[World]:
    """A world for each step at which what was done has died."""
    number = 0
    while True:
        world, steps = fresh(), dies_at(number)
        service = forgetting(world, Deadly(world.repository, steps), Deadly(world.store, steps))
        try:
            act(service)
        except Killed:
            yield world
        else:
            assert number > 10
            return
        number += 1


@pytest.fixture
def fresh(tmp_path: Path, store_template: Path) -> Iterator[Callable[[], World]]:
    """Makes the same world again and again, each in a file of its own."""
    first, numbers = MemoryObjectStore(), count()
    shutil.copy(store_template, tmp_path / "template.db")
    with SqliteRepository.open(tmp_path / "template.db") as repository:
        peopled(World(repository, first))
    with ExitStack() as stack:

        def make() -> World:
            path = tmp_path / f"{next(numbers)}.db"
            shutil.copy(tmp_path / "template.db", path)
            opened = stack.enter_context(SqliteRepository.open(path))
            store = MemoryObjectStore()
            for key in [one.key for one in first.listing()]:
                store.put(key, first.get(key) or b"", "image/webp")
            return World(opened, store, now=NOW + timedelta(days=3))

        yield make


def no_row_without_its_objects(world: World) -> None:
    for name in {c.content_hash for i in (ID, "bob", "cy") for c in candidates(world, i)} - {None}:
        picture = world.repository.picture(name or "")
        assert picture is not None
        assert {form.key for form in picture.renditions} <= keys(world)


def candidates(world: World, talent_id: str) -> list[Any]:
    return [c for record in world.repository.load_many([talent_id]) for c in record.candidates.values()]


def test_forget_that_was_killed_is_completed_by_the_next(fresh: Callable[[], World], tmp_path: Path) -> None:
    for world in killed_everywhere(fresh, lambda service: service.forget(ID, by="eve")):
        no_row_without_its_objects(world)
        assert forgetting(world).forget(ID, by="eve").holds
        assert len(keys(world)) == 4  # bob's
        assert world.repository.traces(ID) == {}
        assert world.repository.take_over([], world.now) == []


def test_forgetting_a_platform_that_was_killed_is_completed_by_the_next(fresh: Callable[[], World]) -> None:
    for world in killed_everywhere(fresh, lambda service: service.forget(ID, "instagram", by="eve")):
        no_row_without_its_objects(world)
        assert forgetting(world).forget(ID, "instagram", by="eve").holds
        assert len(keys(world)) == 4
        assert world.repository.load(ID).talent.account("instagram") is None


def test_a_merge_that_was_killed_is_completed_by_the_next(fresh: Callable[[], World]) -> None:
    def act(service: Forgetting) -> None:
        service.merge(ID, "bob", by="eve")

    for world in killed_everywhere(fresh, act):
        no_row_without_its_objects(world)
        forgetting(world).merge(ID, "bob", by="eve")
        assert world.repository.load_many([ID]) == []
        assert len(world.repository.load("bob").talent.accounts) == len(PLATFORMS)
        assert world.repository.traces(ID) == {}
        assert len(keys(world)) == 4
        assert world.repository.load("bob").selection.source == "instagram"


def test_free_space_that_others_still_read_is_told_and_wiped_the_next_time(
    tmp_path: Path, store_template: Path
) -> None:
    path = tmp_path / "roster.db"
    shutil.copy(store_template, path)
    with SqliteRepository.open(path, busy_timeout=0.05) as repository:
        world = peopled(World(repository))
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute('SELECT * FROM "Talent"').fetchone()
            proof = forgetting(world).forget(ID, by="eve")
            assert not proof.holds
            assert proof.free_space is not None
            assert (proof.left, proof.files_left) == ({}, 0)
        assert NAME.encode() in everything_kept(world, tmp_path)
        assert forgetting(world).forget(ID, by="eve").holds
        assert NAME.encode() not in everything_kept(world, tmp_path)
