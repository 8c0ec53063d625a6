"""Whom somebody has changed is looked at, once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import StoreUnavailable
from talentimg.models import INITIALS, OutcomeKind
from talentimg.repository.memory.serving import MemoryServing
from talentimg.repository.memory.working import MemoryWorking
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.run.refresh import LOOK
from talentimg.service.run.wish_queue import AT_ONCE, PAGE, WishedTalents
from talentimg.service.run.wishes import WishWork, pause_after
from tests.service.world import World, picture_bytes
from tests.the_app import SharedMemory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from talentimg.models import Account, Wish
    from talentimg.providers.interface import Answer
    from talentimg.service.lookup.pacing import Pacing
    from talentimg.service.run.sync import Syncer
    from talentimg.service.run.wishes import Granted


@dataclass
class Looks(MemoryServing):
    """Those of a process beside another one."""

    ours: dict[str, datetime] = field(default_factory=dict)
    theirs: dict[str, datetime] = field(default_factory=dict)
    """Until when."""

    def begin_look(self, talent_id: str, now: datetime, until: datetime) -> bool:
        is_free = self.theirs.get(talent_id, now) <= now
        if is_free:
            self.ours[talent_id] = until
        return is_free

    def end_look(self, talent_id: str) -> None:
        self.ours.pop(talent_id, None)


@dataclass
class Office:
    """A worker's wishes over a world, in which the app writes as well."""

    app: SharedMemory = field(default_factory=SharedMemory)
    working: MemoryWorking = field(default_factory=MemoryWorking)
    looks: Looks = field(default_factory=Looks)
    told: list[Granted] = field(default_factory=list)
    pacing: Pacing | None = None

    def __post_init__(self) -> None:
        # Wishes are noted by the real clock, so the world's is ahead of it.
        self.world = World(repository=self.app, now=datetime.now(UTC) + timedelta(hours=1))
        self.work = self.another()

    def another(self) -> WishWork:
        """One more worker."""
        return WishWork(
            wishes=self.working,
            repository=self.app,
            looks=self.looks,
            open_syncer=self.open_syncer,
            rules=self.world.resolver().rules,
            floor=timedelta(minutes=10),
            now=lambda: self.world.now,
            tell=self.told.append,
        )

    @asynccontextmanager
    async def open_syncer(self) -> AsyncIterator[Syncer]:
        yield self.world.syncer(Allowance(self.pacing) if self.pacing else None)

    async def turn(self) -> int:
        taken = await self.work.turn()
        await self.work.settled()
        assert self.work.in_progress == 0
        return taken

    @property
    def kinds(self) -> dict[str, OutcomeKind]:
        return {granted.outcome.talent_id: granted.outcome.kind for granted in self.told}

    def asked(self) -> int:
        return sum(len(provider.asked) for provider in self.world.providers.values())

    def waiting(self) -> int:
        return self.working.count(self.world.now).waiting


class Restarted(MemoryWorking):
    """A store of wishes that is away now and then."""

    is_away = False

    def _check(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The store is away.")

    def take(self, now: datetime, until: datetime, *, limit: int) -> list[Wish]:
        self._check()
        return super().take(now, until, limit=limit)

    def finish(self, wishes: Sequence[Wish]) -> None:
        self._check()
        super().finish(wishes)

    def put_back(self, wishes: Sequence[Wish], due_at: datetime) -> None:
        self._check()
        super().put_back(wishes, due_at)


@pytest.fixture
def office() -> Office:
    return Office()


async def test_a_wish_is_a_look(office: Office) -> None:
    office.world.add("ada", "instagram")
    office.world.offers("instagram", "ada", 1)
    office.working.wish(["ada"])
    assert await office.turn() == 1
    assert office.kinds == {"ada": OutcomeKind.UPDATED}
    assert (office.work.looked_at, office.waiting()) == (1, 0)
    assert await office.turn() == 0


async def test_nobody_is_asked_again_just_now_unless_something_changed(
    office: Office,
) -> None:
    office.world.add("ada", "instagram")
    office.world.offers("instagram", "ada", 1)
    await office.world.sync("ada")
    before = office.asked()
    office.working.wish(["ada"])
    await office.turn()
    assert (office.asked(), office.waiting()) == (before, 0)
    office.app.write_handle("ada", "instagram", "other")
    office.world.offers("instagram", "other", 2)
    office.working.wish(["ada"])
    await office.turn()
    assert office.kinds == {"ada": OutcomeKind.UPDATED}


async def test_whoever_has_left_the_roster_is_no_wish(office: Office) -> None:
    office.working.wish(["nobody"])
    assert await office.turn() == 1
    assert office.waiting() == 0


async def test_what_comes_to_nothing_is_tried_again_later_and_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.world.add("ada", "instagram")
    office.world.offers("instagram", "ada", 1)
    office.working.wish(["ada"])

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("The store is away.")

    monkeypatch.setattr(office.app, "save", away)
    await office.turn()
    assert await office.turn() == 0
    office.world.pass_time(minutes=1)
    assert await office.turn() == 1
    office.world.pass_time(minutes=1)
    assert await office.turn() == 0
    monkeypatch.undo()
    office.world.pass_time(minutes=1)
    assert await office.turn() == 1
    assert office.kinds == {"ada": OutcomeKind.UPDATED}
    assert office.waiting() == 0
    assert pause_after(0) < pause_after(1) < pause_after(5) < pause_after(50) == pause_after(500)


async def test_a_worker_that_dies_loses_no_wish(office: Office) -> None:
    office.world.add("ada", "instagram")
    office.world.offers("instagram", "ada", 1)
    office.working.wish(["ada"])
    office.working.take(office.world.now, office.world.now + timedelta(minutes=10), limit=9)  # and dies
    assert await office.turn() == 0
    office.world.pass_time(minutes=10)
    assert await office.turn() == 1
    assert office.kinds == {"ada": OutcomeKind.UPDATED}


@pytest.mark.parametrize("saved", [True, False])
async def test_a_store_that_was_away_when_a_look_ended_is_told_once_it_is_back(saved: bool) -> None:
    store = Restarted()
    office = Office(working=store)
    office.world.add("ada", "instagram")
    office.world.offers("instagram", "ada", 1)
    store.wish(["ada"])
    answer = office.world.providers["instagram"].lookup

    async def meanwhile(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        store.is_away = True
        if not saved:
            raise RuntimeError
        return await answer(accounts)

    office.world.providers["instagram"].lookup = meanwhile  # type: ignore[method-assign]
    assert await office.turn() == 1
    with pytest.raises(StoreUnavailable):
        await office.turn()
    office.world.providers["instagram"].lookup = answer  # type: ignore[method-assign]
    store.is_away = False
    assert await office.turn() == 1, "nobody waits until it runs out"
    assert office.kinds["ada"] is not None
    assert office.waiting() == 0


class Unanswering(MemoryWorking):
    """A store that goes away right after it has done what it was asked for, once."""

    left = 1

    def take(self, now: datetime, until: datetime, *, limit: int) -> list[Wish]:
        taken = super().take(now, until, limit=limit)
        self.left -= 1
        if self.left == 0:
            raise StoreUnavailable("The store is away.")
        return taken


async def test_what_was_taken_without_an_answer_is_taken_at_the_next_turn() -> None:
    office = Office(working=Unanswering())
    office.world.add("ada", "instagram")
    office.working.wish(["ada"])
    with pytest.raises(StoreUnavailable):
        await office.turn()
    assert await office.turn() == 1
    assert office.told[0].wish.tries == 0
    assert office.waiting() == 0


async def test_what_is_under_way_is_not_given_away_with_it() -> None:
    store = Unanswering()
    store.left = 2
    office = Office(working=store)
    names = [f"t{number:03}" for number in range(PAGE + 1)]
    for name in names:
        office.world.add(name)
    store.wish(names)
    while len(office.told) < len(names):
        await office.turn()
    assert sorted(granted.wish.talent_id for granted in office.told) == names
    assert {granted.wish.tries for granted in office.told} == {0}


async def test_a_worker_that_is_told_to_end_puts_back_what_is_not_done(office: Office) -> None:
    office.world.add("ada", "instagram")
    office.working.wish(["ada"])
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang(*_: object) -> None:
        reached.set()
        await never.wait()

    office.world.providers["instagram"].lookup = hang  # type: ignore[assignment,method-assign]
    assert await office.work.turn() == 1
    first = [asyncio.create_task(one) for one in (reached.wait(), office.work.settled())]
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    assert reached.is_set()
    assert office.work.in_progress == 1
    assert office.looks.ours == {"ada": office.world.now + LOOK}
    await office.work.close(grace_s=0)
    assert (office.work.in_progress, office.waiting(), office.looks.ours) == (0, 1, {})


async def test_at_whom_another_process_is_looking_is_asked_for_again_soon(office: Office) -> None:
    office.world.add("ada", "instagram")
    office.working.wish(["ada"])
    office.looks.theirs["ada"] = office.world.now + timedelta(seconds=1)
    assert await office.turn() == 1
    assert (office.kinds, office.asked()) == ({}, 0)
    assert await office.turn() == 0
    office.world.pass_time(seconds=2)
    assert await office.turn() == 1
    assert "ada" in office.kinds


async def test_no_more_are_looked_at_than_there_is_room_for(office: Office) -> None:
    ids = [f"t{number:03}" for number in range(AT_ONCE + 20)]
    for talent_id in ids:
        office.world.add(talent_id, "instagram")
        office.working.wish([talent_id])
    assert await office.work.turn() == PAGE
    assert await office.work.turn() == 0, "the first goes on by itself"
    await office.work.settled()
    assert sorted(office.kinds) == ids
    assert office.world.providers["instagram"].asked == ids, "in the order of their age"
    assert (await office.turn(), office.waiting()) == (0, 0)


async def test_once_it_is_stopped_nobody_is_handed_out_or_taken_any_more(office: Office) -> None:
    ids = [f"t{number:03}" for number in range(PAGE + 1)]
    for talent_id in ids:
        office.world.add(talent_id, "instagram")
    office.working.wish(ids)
    now = office.world.now
    queue = WishedTalents(
        wishes=office.working,
        repository=office.app,
        looks=office.looks,
        rules=office.world.resolver().rules,
        floor=timedelta(minutes=10),
        now=lambda: now,
    )
    assert await queue.begin() == PAGE
    assert await queue.next() is not None
    queue.stop()
    assert not queue.has_more
    assert await queue.next() is None
    assert [wish.talent_id for wish in office.working.take(now, now, limit=PAGE)] == ids[PAGE:]


async def _a_flood_of_absences(office: Office, people: int, share: int) -> list[str]:
    """Everybody shows a picture; then the platform says of some, twice, that they are not found."""
    ids = [f"t{number:03}" for number in range(people)]
    for number, talent_id in enumerate(ids):
        office.world.add(talent_id, "instagram")
        office.world.offers("instagram", talent_id, number)
    await office.world.run()
    gone = ids[:share]
    for talent_id in gone:
        office.world.lacks("instagram", talent_id)
    office.world.pass_time(days=2)
    for talent_id in ids:
        office.working.wish([talent_id])
    while await office.turn():
        pass
    office.world.pass_time(days=2)
    return gone


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_a_flood_loses_no_more_in_a_day_than_a_run_may(office: Office, size: int) -> None:
    gone = await _a_flood_of_absences(office, 60, 20)
    workers = [office.another() for _ in range(3)]
    ids = [f"t{number:03}" for number in range(60)]
    for start in range(0, 60, size):
        for talent_id in ids[start : start + size]:
            office.working.wish([talent_id])
        worker = workers[start % 3]
        while await worker.turn():
            await worker.settled()
    lost = [i for i in ids if not office.app.load(i).selection.has_picture]
    assert set(lost) <= set(gone)
    assert len(lost) <= 6, "five, or a tenth of those looked at on that day"
    if size == 100:
        assert lost == [], "all at once they are judged together"


async def test_what_a_person_has_taken_back_goes_whatever_the_valve_says(office: Office) -> None:
    ids = [f"t{number:03}" for number in range(12)]
    for number, talent_id in enumerate(ids):
        office.world.add(talent_id, "instagram")
        office.world.offers("instagram", talent_id, number)
    await office.world.run()
    for talent_id in ids:
        office.app.write_connected(talent_id, "instagram", False)
        office.working.wish([talent_id])
    await office.turn()
    assert [i for i in ids if office.app.load(i).selection.has_picture] == []


async def test_a_default_picture_that_comes_for_many_at_once_is_not_shown(office: Office) -> None:
    ids = ["ada", "bob", "eve", "zoe"]
    for talent_id in ids:
        office.world.add(talent_id, "instagram")
        url = office.world.offers("instagram", talent_id, 1)
        office.world.web.pictures[url] = picture_bytes(777)
    office.working.wish(ids)
    await office.turn()
    assert office.waiting() == 0
    assert {office.app.load(talent_id).selection.source for talent_id in ids} == {INITIALS}
