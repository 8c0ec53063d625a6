"""Runs that go on: what they write, how they are followed, and how they are stopped from elsewhere."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import RunIsOver, RunNotFound, StoreUnavailable
from talentimg.models import MOST_COUNTED, OutcomeKind, Run, RunProgress, RunState, StopRequest
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.beat import LONGEST_PAUSE_S, PAUSE_S, UNCHANGED, Beat
from talentimg.service.run.following import Following
from talentimg.service.run.nightly import RunRequest
from talentimg.service.run.records import DIED, SILENT, RunRecords
from tests.conftest import NOW
from tests.service.test_background import Held
from tests.service.test_records import HERE, gone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


__all__ = ["gone"]

SECOND = timedelta(seconds=1)
BEGUN = Run("r1", NOW, "night-1", 17, total=40, written_at=NOW)


class Ticks:
    """Sleeps end when the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._sleepers: list[asyncio.Future[None]] = []
        self._somebody_sleeps = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        ended = asyncio.get_running_loop().create_future()
        self._sleepers.append(ended)
        self._somebody_sleeps.set()
        await ended

    async def tick(self) -> None:
        """All who sleep wake up, and somebody has gone to sleep again."""
        await self.somebody_sleeps()
        self.wake()
        await self.somebody_sleeps()

    async def somebody_sleeps(self) -> None:
        await self._somebody_sleeps.wait()

    def wake(self) -> None:
        """Nobody sleeps any more."""
        self._somebody_sleeps.clear()
        sleepers, self._sleepers = self._sleepers, []
        for one in sleepers:
            if not one.done():
                one.set_result(None)


class Store(MemoryRepository):
    """Counts what it is asked, and may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[Run] = []
        self.reads = 0
        self.away: Exception | None = None

    def write_progress(self, run: Run) -> StopRequest | None:
        if self.away:
            raise self.away
        self.writes.append(run)
        return super().write_progress(run)

    def taking_part(self, run_id: str) -> list[Run]:
        self.reads += 1
        if self.away:
            raise self.away
        return super().taking_part(run_id)


@pytest.fixture
def store() -> Store:
    made = Store()
    made.save_run(BEGUN)
    return made


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def records(store: Store) -> RunRecords:
    return RunRecords(store, lambda: NOW + SECOND)


# -- what a run writes ------------------------------------------------------------------


class Going:
    """A beat under way."""

    def __init__(self, records: RunRecords, ticks: Ticks) -> None:
        self.run = BEGUN
        self.heard: list[StopRequest] = []
        self.beat = Beat(records, lambda: self.run, self.heard.append, ticks.sleep)
        self.task = asyncio.create_task(self.beat.go_on())

    def look(self, number: int) -> None:
        self.run = replace(BEGUN, outcomes={OutcomeKind.UPDATED: number})


@pytest.fixture
async def going(records: RunRecords, ticks: Ticks) -> AsyncIterator[Going]:
    made = Going(records, ticks)
    yield made
    made.task.cancel()


async def test_what_is_new_is_written_with_the_next_beat_and_what_is_not_seldom(
    going: Going, ticks: Ticks, store: Store
) -> None:
    for number in (1, 2):
        going.look(number)
        await ticks.tick()
    assert [run.looked_at for run in store.writes] == [1, 2]
    assert store.writes[-1].written_at == NOW + SECOND
    for _ in range(UNCHANGED - 1):
        await ticks.tick()
    assert len(store.writes) == 2
    await ticks.tick()
    assert len(store.writes) == 3
    assert all(PAUSE_S <= pause <= LONGEST_PAUSE_S for pause in ticks.asked)


@pytest.mark.parametrize("trouble", [StoreUnavailable("away"), RuntimeError("a bug")])
async def test_a_store_that_does_not_answer_skips_a_beat(
    going: Going, ticks: Ticks, store: Store, trouble: Exception
) -> None:
    store.away = trouble
    going.look(1)
    await ticks.tick()
    store.away = None
    await ticks.tick()
    assert [run.looked_at for run in store.writes] == [1]
    assert not going.task.done()


async def test_a_stop_that_was_asked_for_is_heard(going: Going, ticks: Ticks, store: Store) -> None:
    await ticks.tick()
    assert going.heard == []
    request = StopRequest("eve", NOW)
    store.request_stop("r1", request)
    for _ in range(UNCHANGED):
        await ticks.tick()
    assert going.heard == [request]


async def test_a_run_is_stopped_by_a_word_in_the_store(ticks: Ticks) -> None:
    held = Held()
    held.nightly.sleep = ticks.sleep
    started = await held.background.start(RunRequest(by="cron"))
    await ticks.tick()
    records = held.nightly.runs
    while records.find(started.run.id).in_progress != 5:
        await ticks.tick()
    asked = records.request_stop(None, by="eve")
    assert asked.stop_request is not None
    assert (asked.run.id, asked.stop_request.by, asked.is_over) == (started.run.id, "eve", False)
    for _ in range(UNCHANGED):
        await ticks.tick()
    held.go_on.set()
    await held.ended()
    ended = held.record()
    assert (ended.state, ended.exit_code, ended.note) == (RunState.STOPPED, 0, "eve stopped it.")
    assert (ended.looked_at, ended.in_progress, ended.stop_requested_by) == (5, 0, "eve")
    with pytest.raises(RunIsOver, match=started.run.id):
        records.request_stop(started.run.id, by="eve")
    with pytest.raises(RunNotFound):
        records.request_stop(None, by="eve")
    with pytest.raises(RunNotFound):
        records.request_stop("nobody's", by="eve")


# -- how it is read -------------------------------------------------------------------------


def test_those_who_take_part_are_one(records: RunRecords, store: Store) -> None:
    store.save_run(replace(BEGUN, outcomes={OutcomeKind.UPDATED: 4}, in_progress=2, written_at=NOW + SECOND))
    joined = replace(BEGUN, id="r2", pid=18, joined=True, part_of="r1", total=30)
    outcomes = {OutcomeKind.UPDATED: 1, OutcomeKind.KEPT: 5}
    store.save_run(replace(joined, outcomes=outcomes, in_progress=3, written_at=NOW + 2 * SECOND))
    told = records.find("r1")
    assert told.outcomes == {OutcomeKind.UPDATED: 5, OutcomeKind.KEPT: 5}
    assert (told.looked_at, told.in_progress, told.total) == (10, 5, 40)
    assert (told.rate, told.seconds_left) == (5.0, 6.0)
    assert told.revision == sum(run.revision for run in store.runs())
    store.save_run(replace(BEGUN, state=RunState.DONE))
    assert not records.find("r1").is_over, "somebody is still at work"
    store.save_run(replace(joined, state=RunState.FAILED))
    assert records.find("r1").state is RunState.DONE
    assert records.find("r1").seconds_left is None


def test_whoever_joins_names_the_run_that_is_joined() -> None:
    class Taken(MemoryRepository):
        def lock_run(self) -> bool:
            return False

    taken = Taken()
    records = RunRecords(taken, lambda: NOW)
    assert records.begin(join=True).part_of is None, "it is not on record yet"
    taken.save_run(BEGUN)
    second = records.begin(join=True)
    assert second.part_of == "r1"
    assert records.request_stop(None, by="eve").run.id == "r1"
    assert [run.stop_requested_by for run in taken.taking_part("r1")] == ["eve", "eve"]


@pytest.mark.parametrize(
    ("run", "left"),
    [
        (replace(BEGUN, total=None, outcomes={OutcomeKind.KEPT: 1}, written_at=NOW + SECOND), None),
        (replace(BEGUN, total=MOST_COUNTED, outcomes={OutcomeKind.KEPT: 1}, written_at=NOW + SECOND), None),
        (replace(BEGUN, outcomes={OutcomeKind.KEPT: 1}, written_at=NOW), None),
        (replace(BEGUN, written_at=NOW + SECOND), None),
        (replace(BEGUN, outcomes={OutcomeKind.KEPT: 50}, written_at=NOW + SECOND), 0.0),
        (replace(BEGUN, outcomes={OutcomeKind.KEPT: 30}, written_at=NOW + 3 * SECOND), 1.0),
    ],
)
def test_how_long_it_takes_is_told_only_where_it_is_known(run: Run, left: float | None) -> None:
    assert RunProgress((run,)).seconds_left == left


def test_a_run_whose_process_is_gone_is_told_as_died(records: RunRecords, store: Store, gone: int) -> None:
    living = replace(BEGUN, id="living", host=HERE, pid=os.getpid())
    elsewhere = replace(BEGUN, id="elsewhere", host=f"not {HERE}", pid=gone)
    dead = replace(BEGUN, id="dead", host=socket.gethostname(), pid=gone)
    silent = replace(living, id="silent", written_at=NOW - SILENT)
    for run in (living, elsewhere, dead, silent):
        store.save_run(run)
    states = {run.id: run.state for run in records.latest(limit=9)}
    assert states["living"] is states["elsewhere"] is RunState.RUNNING
    assert states["dead"] is states["silent"] is RunState.DIED, "another may have the id of a silent one"
    told = records.find("dead")
    assert (told.is_over, told.run.note) == (True, DIED)
    written = store.run("dead")
    assert written is not None
    assert told.revision > written.revision, "whoever knew it as running is told"
    with pytest.raises(RunIsOver):
        records.request_stop("dead", by="eve")


# -- how it is followed -----------------------------------------------------------------------


def further(store: Store, number: int, state: RunState = RunState.RUNNING) -> None:
    store.save_run(replace(BEGUN, outcomes={OutcomeKind.UPDATED: number}, state=state))


async def state(states: AsyncIterator[RunProgress | None]) -> RunProgress:
    told = await anext(states)
    assert told is not None
    return told


async def test_any_number_of_listeners_is_one_question_at_a_time(
    records: RunRecords, ticks: Ticks, store: Store
) -> None:
    following = Following(lambda: records, ticks.sleep)
    streams = [following.follow("r1") for _ in range(50)]
    assert {(await state(one)).looked_at for one in streams} == {0}
    store.reads = 0
    waiting = [asyncio.ensure_future(state(one)) for one in streams]
    further(store, 3)
    await ticks.tick()
    assert {(await one).looked_at for one in waiting} == {3}
    assert store.reads == 1
    for one in streams:
        await one.aclose()
    ticks.wake()
    assert following._asking is not None
    await following._asking
    assert not following._topics


async def test_a_slow_listener_is_told_the_latest_and_then_the_end(
    records: RunRecords, ticks: Ticks, store: Store
) -> None:
    following = Following(lambda: records, ticks.sleep)
    async with aclosing(following.follow("r1")) as states:
        await anext(states)
        for number in (1, 2, 3):
            further(store, number)
            await ticks.tick()
        assert (await state(states)).looked_at == 3
        further(store, 4, RunState.DONE)
        await ticks.tick()
        last = await state(states)
        assert (last.looked_at, last.state) == (4, RunState.DONE)
        assert [state async for state in states] == []


async def test_what_is_known_already_is_not_told_again(
    records: RunRecords, ticks: Ticks, store: Store
) -> None:
    following = Following(lambda: records, ticks.sleep)
    known = records.find("r1").revision
    async with aclosing(following.follow("r1", known=known)) as states:
        waiting = asyncio.ensure_future(state(states))
        await ticks.tick()
        assert not waiting.done()
        further(store, 1)
        await ticks.tick()
        assert (await waiting).looked_at == 1
    further(store, 2, RunState.DONE)
    assert [s and s.looked_at async for s in following.follow("r1", known=known)] == [2]
    assert [s async for s in following.follow("r1", known=records.find("r1").revision)] == []
    assert [s and s.looked_at async for s in following.follow("r1", known=10**9)] == [2], "of another store"


async def test_a_silence_is_told(records: RunRecords, ticks: Ticks, store: Store) -> None:
    following = Following(lambda: records, ticks.sleep)
    async with aclosing(following.follow("r1", silence_s=0)) as states:
        assert (await state(states)).looked_at == 0
        assert [await anext(states), await anext(states)] == [None, None]
        further(store, 1)
        await ticks.tick()
        assert (await state(states)).looked_at == 1


async def test_a_store_that_is_away_for_a_while_ends_no_stream(
    records: RunRecords, ticks: Ticks, store: Store
) -> None:
    following = Following(lambda: records, ticks.sleep)
    async with aclosing(following.follow("r1")) as states:
        await anext(states)
        for trouble in (StoreUnavailable("away"), RuntimeError("a bug")):
            store.away = trouble
            await ticks.tick()
        store.away = None
        further(store, 1)
        await ticks.tick()
        assert (await state(states)).looked_at == 1


async def test_a_stream_ends_with_the_process_and_with_the_record(
    records: RunRecords, ticks: Ticks, store: Store
) -> None:
    following = Following(lambda: records, ticks.sleep)
    with pytest.raises(RunNotFound):
        await anext(following.follow("nobody's"))
    async with aclosing(following.follow("r1")) as states:
        await anext(states)
        waiting = asyncio.ensure_future(anext(states, None))
        await ticks.somebody_sleeps()
        store._runs.clear()
        await ticks.tick()
        assert await waiting is None
    store.save_run(BEGUN)
    async with aclosing(following.follow("r1")) as states:
        await anext(states)
        waiting = asyncio.ensure_future(anext(states, None))
        await ticks.somebody_sleeps()
        following.close()
        assert await waiting is None
    assert [s and s.looked_at async for s in following.follow("r1")] == [0], "one state, and no more"
