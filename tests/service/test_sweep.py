"""A sweep removes what nobody needs any more, and nothing that a sync beside it is about to name."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ObjectError, StoreUnavailable
from talentimg.models import AuditEntry, OutcomeKind
from talentimg.repository.interface import NamedPage
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.run.named import NamedObjects
from talentimg.service.run.removing import Remover
from talentimg.service.run.sweep import Keep, Sweeper
from talentimg.store.folder import FolderStore
from talentimg.store.keys import object_key
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.test_forgetting import Deadly, Killed, dies_at
from tests.service.world import World
from tests.the_app import SharedMemory, on_postgres, on_sqlite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from talentimg.repository.interface import Change, Page, Repository
    from talentimg.store.interface import NewObject, ObjectStore
    from tests.the_app import TheApp

NOTHING_IS_KEPT = Keep(timedelta(0), timedelta(days=1), timedelta(0))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Repository, TheApp]]:
    """A roster of each kind, and the app at work on the same tables."""
    with ExitStack() as stack:
        if request.param == "memory":
            memory = SharedMemory()
            yield memory, memory
        elif request.param == "sqlite":
            path = request.getfixturevalue("new_store")
            yield stack.enter_context(SqliteRepository.open(path)), stack.enter_context(on_sqlite(path))
        else:
            url = request.getfixturevalue("new_database")
            yield stack.enter_context(PostgresRepository.open(url)), stack.enter_context(on_postgres(url))


@pytest.fixture
def world(both: tuple[Repository, TheApp]) -> World:
    made = World(both[0])
    made.store = MemoryObjectStore(lambda: made.now)
    for number, name in enumerate(("ada", "bob", "cy")):
        made.add(name, "instagram")
        made.offers("instagram", name, number)
        asyncio.run(made.sync(name))
    return made


def sweeper(world: World, keep: Keep | None = None, repository: Any = None, store: Any = None) -> Sweeper:
    repository, store = repository or world.repository, store or world.store
    remover = Remover(repository, store, lambda: world.now)
    return Sweeper(repository, store, remover, lambda: world.now, keep=keep or Keep())


def keys(world: World) -> set[str]:
    return {one.key for one in world.store.listing()}


def named(world: World) -> set[str]:
    """The objects that the row of a picture names."""
    return world.repository.still_named(keys(world))


def test_where_everything_is_needed_nothing_is_removed(world: World) -> None:
    before = keys(world)
    for _ in range(3):
        world.pass_time(days=3)
        swept = sweeper(world).sweep()
        assert (swept.removed, swept.waiting, swept.is_complete) == (0, 0, True)
    assert keys(world) == before == named(world)


def test_talents_whom_the_app_has_removed_go_after_the_time_of_grace(
    world: World, both: tuple[Repository, TheApp]
) -> None:
    world.repository.save_audit([AuditEntry("ada", world.now, "set", "eve")])
    both[1].remove("ada")
    assert sweeper(world).sweep().waiting >= 1
    world.pass_time(hours=23)
    assert sweeper(world).sweep().removed == 0
    world.pass_time(hours=1)
    swept = sweeper(world).sweep()
    assert (swept.talents, swept.pictures, swept.files) == (1, 1, 4)
    assert len(keys(world)) == 8
    assert world.repository.traces("ada") == {}
    assert world.repository.history("bob")


def test_whoever_comes_back_while_a_sweep_is_at_it_keeps_everything(
    world: World, both: tuple[Repository, TheApp]
) -> None:
    for name in ("ada", "bob"):
        both[1].remove(name)
    sweeper(world).sweep()
    world.pass_time(days=2)
    missing = world.repository.missing_talents

    def imported_meanwhile(*arguments: Any, **options: Any) -> Page:
        page = missing(*arguments, **options)
        if {"ada", "bob"} <= page.unneeded.keys():
            world.add("ada", "instagram")
            world.repository.save_audit([AuditEntry("ada", world.now, "import", "eve")])
        return page

    world.repository.missing_talents = imported_meanwhile  # type: ignore[method-assign]
    assert sweeper(world).sweep().talents == 1
    assert "import" in [entry.action for entry in world.repository.audit("ada")]
    assert world.repository.history("ada")
    assert world.repository.history("bob") == []


def test_pictures_that_nobody_can_go_back_to_go(world: World) -> None:
    for seed in (10, 11, 12):
        world.pass_time(days=1)
        world.offers("instagram", "ada", seed)
        asyncio.run(world.sync("ada"))
    keep = Keep(history=timedelta(days=2))
    world.pass_time(days=1)
    assert len(keys(world)) == 4 * 6
    first = sweeper(world, keep).sweep()
    assert first.history == 2  # of ada: that 0 came, and 10
    assert first.waiting == 1
    world.pass_time(days=1)
    swept = sweeper(world, keep).sweep()
    assert (swept.pictures, swept.files) == (1, 4)
    world.pass_time(days=300)
    assert asyncio.run(world.sync("ada")).kind is OutcomeKind.UNCHANGED
    sweeper(world, keep).sweep()
    world.pass_time(days=2)
    sweeper(world, keep).sweep()
    # What is shown stays however old, with what was shown before it.
    assert len(keys(world)) == 4 * 4 == len(named(world))
    assert [entry.to_hash for entry in world.repository.history("ada")] == [
        world.repository.load("ada").selection.content_hash
    ]


def test_objects_that_no_row_names_go_when_they_are_old(world: World) -> None:
    data = b"of a sync that was killed"
    stray = object_key(data, "webp")
    world.store.put(stray, data, "image/webp")
    world.pass_time(hours=23)
    assert sweeper(world).sweep().files == 0
    world.pass_time(hours=1)
    assert sweeper(world).sweep().files == 1
    assert stray not in keys(world)
    assert keys(world) == named(world)


def test_a_sweep_that_is_bounded_goes_on_where_it_stopped(
    world: World, both: tuple[Repository, TheApp], monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("sweep.PAGE", "sweep.AGED", "removing.PAGE"):
        monkeypatch.setattr(f"talentimg.service.run.{place}", 1)
    monkeypatch.setattr("talentimg.service.run.sweep.OBJECTS", 3)
    for name in ("ada", "bob", "cy"):
        both[1].remove(name)
    for _ in range(12):
        assert not sweeper(world).sweep(seconds=0).is_complete or not keys(world)
    world.pass_time(days=2)
    numbers = [sweeper(world).sweep(seconds=0).talents for _ in range(12)]
    assert max(numbers) == 1
    assert sum(numbers) == 3
    assert keys(world) == set()


def test_what_is_old_or_left_over_waits_for_the_next_sweep_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("sweep.AGED", "removing.PAGE"):
        monkeypatch.setattr(f"talentimg.service.run.{place}", 1)
    for name in ("ada", "bob", "cy"):
        world.repository.save_audit([AuditEntry(name, world.now, "set", "eve")])
    world.repository.announce([object_key(b"%d" % number, "webp") for number in range(3)], world.now)
    world.pass_time(days=500)
    for left in (2, 1, 0):
        swept = sweeper(world).sweep(seconds=0)
        assert swept.said == 1
        assert not swept.is_complete
        waiting = world.repository.take_over([], world.now)
        assert len(waiting) == left
    assert sweeper(world).sweep().is_complete


def test_a_store_that_is_away_ends_the_sweep_and_nothing_is_lost(world: World) -> None:
    world.repository.erase("ada", world.now)
    away = Away(world.store)
    with pytest.raises(ObjectError):
        sweeper(world, store=away).sweep()
    assert len(keys(world)) == 12
    assert sweeper(world).sweep().files == 4
    assert keys(world) == named(world)


class Away:
    """A store that lists and finds, and removes nothing."""

    def __init__(self, inner: ObjectStore) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def delete(self, key: str) -> None:
        raise ObjectError(f"{key} could not be removed.")


@pytest.mark.parametrize("both", ["memory", "sqlite"], indirect=True)
def test_a_sweep_that_was_killed_is_completed_by_the_next(both: tuple[Repository, TheApp]) -> None:
    world = World(both[0])
    world.store = MemoryObjectStore(lambda: world.now)
    number, survived = 0, False
    while not survived:
        world.add("ada", "instagram")
        world.offers("instagram", "ada", 1)
        asyncio.run(world.sync("ada"))
        both[1].remove("ada")
        sweeper(world).sweep()
        world.store.put(object_key(b"stray", "webp"), b"stray", "image/webp")
        world.pass_time(days=2)
        steps = dies_at(number)
        dying = sweeper(world, repository=Deadly(world.repository, steps), store=Deadly(world.store, steps))
        try:
            dying.sweep()
            survived = True
        except Killed:
            pass
        assert named(world) <= keys(world)
        sweeper(world).sweep()
        assert keys(world) == set()
        assert world.repository.traces("ada") == {}
        number += 1
    assert number > 10


class Counting:
    """Counts the rows of pictures that are read, and how often all of them are asked."""

    def __init__(self, inner: Repository) -> None:
        self._inner = inner
        self.rows = 0
        self.most_at_once = 0
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def named_objects(self, *, after: str | None, limit: int) -> NamedPage:
        page = self._inner.named_objects(after=after, limit=limit)
        self.rows += page.size
        self.most_at_once = max(self.most_at_once, page.size)
        return page

    def still_named(self, keys: Collection[str]) -> set[str]:
        self.asked.append(len(keys))
        return self._inner.still_named(keys)


def test_rows_of_pictures_are_read_once_however_many_objects_there_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talentimg.service.run.sweep.OBJECTS", 1)
    monkeypatch.setattr("talentimg.service.run.sweep.NAMING", 2)
    monkeypatch.setattr("talentimg.service.run.sweep.STRAY", 3)
    world.pass_time(days=2)
    counting = Counting(world.repository)
    assert sweeper(world, repository=counting).sweep().removed == 0
    assert (counting.rows, counting.most_at_once, counting.asked) == (3, 2, [])
    for number in range(7):
        data = b"%d" % number
        world.store.put(object_key(data, "webp"), data, "image/webp")
    world.pass_time(days=2)
    counting = Counting(world.repository)
    assert sweeper(world, repository=counting).sweep().files == 7
    assert (counting.rows, counting.asked) == (3, [3, 3, 1])
    assert keys(world) == named(world)


def test_what_is_all_new_asks_for_no_row(world: World) -> None:
    counting = Counting(world.repository)
    sweeper(world, repository=counting).sweep()
    assert (counting.rows, counting.asked) == (0, [])


def test_what_was_named_since_pictures_were_read_is_spared(world: World) -> None:
    """The list of what is named is older than the objects that are looked at: it never has the last word."""

    class Blind(Counting):
        def named_objects(self, *, after: str | None, limit: int) -> NamedPage:
            del after, limit
            return NamedPage(0, None)

    world.pass_time(days=2)
    before = keys(world)
    blind = Blind(world.repository)
    assert sweeper(world, repository=blind).sweep().files == 0
    assert blind.asked == [12]
    assert keys(world) == before == named(world)
    assert world.repository.announced() == []


@given(st.sets(st.text(max_size=80), max_size=300), st.sets(st.text(max_size=80), max_size=50))
def test_of_what_is_named_nothing_is_missed_at_eight_bytes_a_key(names: set[str], others: set[str]) -> None:
    held = NamedObjects(iter(names))
    assert all(name in held for name in names)
    assert {name for name in others if name in held} == names & others
    assert held.bytes_held == 8 * len(names)


# -- beside syncs --------------------------------------------------------------------------------


class SweptWhileItWrites(MemoryObjectStore):
    """A sweep comes just after objects were put, before any row names them."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW)
        self.sweep: Any = None

    def put_all(self, objects: Sequence[NewObject], *, anew: bool = False) -> None:
        super().put_all(objects, anew=anew)
        if self.sweep is not None:
            sweep, self.sweep = self.sweep, None
            sweep()


def test_an_object_just_written_is_never_taken(both: tuple[Repository, TheApp]) -> None:
    store = SweptWhileItWrites()
    world = World(both[0], store)
    world.add("ada", "instagram")
    world.offers("instagram", "ada", 1)
    swept: list[int] = []
    # Even without any time of grace, it is noticed, and the talent looked at again.
    store.sweep = lambda: swept.append(sweeper(world, NOTHING_IS_KEPT).sweep().files)
    outcome = asyncio.run(world.sync("ada"))
    assert outcome.kind is OutcomeKind.UPDATED
    assert swept == [4]
    assert len(keys(world)) == 4 == len(named(world))


def test_a_picture_that_comes_back_just_when_it_goes_is_stored_again(both: tuple[Repository, TheApp]) -> None:
    """Its row is reused while the sweep removes it: the candidate may begin to name it at any time."""
    world = World(both[0])
    world.store = MemoryObjectStore(lambda: world.now)
    for name in ("ada", "bob"):
        world.add(name, "instagram")
        world.offers("instagram", name, 1)
    asyncio.run(world.sync("ada"))
    save = world.repository.save

    def swept_first(changes: Sequence[Change], now: Any) -> list[str]:
        world.repository.save = save  # type: ignore[method-assign]
        world.repository.erase("ada", world.now)
        sweeper(world, NOTHING_IS_KEPT).sweep()
        assert keys(world) == set()
        return save(changes, now)

    world.repository.save = swept_first  # type: ignore[method-assign,assignment]
    assert asyncio.run(world.sync("bob")).kind is OutcomeKind.UPDATED
    assert len(keys(world)) == 4 == len(named(world))


class OfTomorrow(FolderStore):
    """A folder for tests in which days pass: what is being written now is not of yesterday."""

    def tidy(self, before: datetime) -> int:
        return 0


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_no_row_is_without_its_object_whatever_sweeps_beside_a_run(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    request.getfixturevalue("new_store" if kind == "sqlite" else "new_database")

    def opened() -> Repository:
        if kind == "sqlite":
            return SqliteRepository.open(tmp_path / "roster.db")
        return PostgresRepository.open(request.getfixturevalue("new_database"))

    with opened() as ours, opened() as theirs:
        swept = beside_a_run(ours, theirs, OfTomorrow(tmp_path / "pictures"), talents=12, rounds=8)
    assert swept > 0


def beside_a_run(
    ours: Repository, theirs: Repository, store: ObjectStore, *, talents: int, rounds: int
) -> int:
    """Sweep without any grace while runs bring back pictures that nobody needs; returns the files removed.

    Three pictures take turns with each talent, so that each comes back just when it has no use any more.
    """
    world = World(ours, store, concurrency=20)
    names = [f"t{number}" for number in range(talents)]
    for name in names:
        world.add(name, "instagram")
    files = 0
    for turn in range(rounds):
        world.pass_time(days=1)
        for number, name in enumerate(names):
            world.offers("instagram", name, 3 * number + turn % 3)
        files += one_round(world, theirs)
        present = keys(world)
        for name in names:
            record = ours.load(name)
            picture = ours.picture(record.selection.content_hash or "")
            assert picture is not None, (turn, name)
            assert {form.key for form in picture.renditions} <= present, (turn, name)
    return files


def one_round(world: World, theirs: Repository) -> int:
    swept: list[int] = []
    is_over = threading.Event()

    def sweep() -> None:
        remover = Remover(theirs, world.store, lambda: world.now)
        service = Sweeper(theirs, world.store, remover, lambda: world.now, keep=NOTHING_IS_KEPT)
        while not is_over.is_set():
            swept.append(service.sweep().files)

    thread = threading.Thread(target=sweep)
    thread.start()
    try:
        asyncio.run(run(world))
    finally:
        is_over.set()
        thread.join()
    return sum(swept)


async def run(world: World) -> None:
    async for outcome in world.syncer().sync_due(before=None, limit=None):
        assert outcome.kind is OutcomeKind.UPDATED, outcome.detail


def test_a_store_that_does_not_answer_is_told(world: World) -> None:
    class Gone(MemoryRepository):
        def removers(self) -> list[tuple[str, int]]:
            raise StoreUnavailable("The database does not answer.")

    with pytest.raises(StoreUnavailable):
        sweeper(world, repository=Gone()).sweep()
