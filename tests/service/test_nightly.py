"""A roster run as a service: its events, its record, who is notified, and how it ends."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import BUG, RateLimited, RunInProgress, StoreUnavailable
from talentimg.models import OutcomeKind, RunState
from talentimg.repository.interface import Claims
from talentimg.repository.memory import MemoryRepository
from talentimg.service.decision.due import Schedule
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.pacing import Pacing
from talentimg.service.run import nightly
from talentimg.service.run.events import RunFinished, RunStarted, TalentSynced
from talentimg.service.run.nightly import CANCELLED, INTERNAL_ERROR, Nightly, RunRequest
from talentimg.service.run.records import RunRecords
from talentimg.service.run.sweep import Swept
from tests.conftest import NOW
from tests.service.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Run
    from talentimg.service.run.events import RunEvent
    from talentimg.service.run.nightly import NightlyRun
    from talentimg.service.run.sync import Syncer

EVERYBODY = RunRequest()


class Watchman:
    """An observer that remembers, and may have something to complain about."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.complaint: str | None = None

    def started(self) -> str | None:
        self.heard.append("started")
        return self.complaint

    def ended(self, run: Run, exit_code: int) -> str | None:
        self.heard.append(f"{run.state} {exit_code}")
        return None


class Bench:
    """A world, and what starts runs in it: one process, however many runs."""

    def __init__(self, repository: MemoryRepository | None = None) -> None:
        self.world = World() if repository is None else World(repository)
        self.watchman = Watchman()
        self.pacing = Pacing(self.world.repository, lambda: self.world.now)
        self.nightly = Nightly(
            repository=self.world.repository,
            runs=RunRecords(self.world.repository, lambda: self.world.now),
            open_syncer=self.open_syncer,
            now=lambda: self.world.now,
            schedule=Schedule(timedelta(hours=24), lambda: self.world.now),
            observers=[self.watchman],
        )

    @asynccontextmanager
    async def open_syncer(self) -> AsyncIterator[Syncer]:
        yield self.world.syncer(Allowance(self.pacing))

    def people(self, number: int) -> None:
        for place in range(number):
            self.world.add(f"t{place}", "instagram")
            self.world.offers("instagram", f"t{place}", place)

    async def night(self, request: RunRequest = EVERYBODY) -> tuple[NightlyRun, list[RunEvent]]:
        run = self.nightly.start(request)
        return run, [event async for event in run]

    def record(self) -> Run:
        return self.world.repository.runs(limit=1)[0]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_run_reports_its_beginning_every_talent_and_its_end(bench: Bench) -> None:
    bench.people(3)
    run, (first, *middle, last) = await bench.night()
    assert isinstance(first, RunStarted)
    assert first.total == 3
    assert {event.outcome.talent_id for event in middle if isinstance(event, TalentSynced)} == {
        "t0",
        "t1",
        "t2",
    }
    assert isinstance(last, RunFinished)
    assert last.report is run.report
    assert (bench.record().state, bench.record().exit_code) == (RunState.DONE, 0)
    assert bench.record().outcomes[OutcomeKind.UPDATED] == 3
    assert bench.watchman.heard == ["started", "done 0"]


async def test_a_run_with_nobody_due_is_recorded_and_opens_no_client(bench: Bench) -> None:
    def open_syncer() -> AbstractAsyncContextManager[Syncer]:
        raise AssertionError("nobody has to be asked")

    bench.nightly.open_syncer = open_syncer
    _, events = await bench.night()
    assert [type(event) for event in events] == [RunStarted, RunFinished]
    assert bench.record().state is RunState.DONE


async def test_one_process_runs_many_runs_and_each_has_its_own_allowance(bench: Bench) -> None:
    """What is known of a platform outlives a run; what a run asked, and how long it waited, does not."""
    bench.people(2)
    until = bench.world.now + timedelta(hours=1)
    bench.world.fails("instagram", "t0", RateLimited("Slow down.", retry_at=until))
    bench.world.fails("instagram", "t1", RateLimited("Slow down.", retry_at=until))
    await bench.night()
    asked = len(bench.world.providers["instagram"].asked)
    bench.world.pass_time(minutes=30)
    await bench.night()
    assert len(bench.world.providers["instagram"].asked) == asked, "the platform is left alone"
    bench.world.pass_time(minutes=31)
    bench.world.offers("instagram", "t0", 0)
    bench.world.offers("instagram", "t1", 1)
    _, events = await bench.night()
    assert sum(isinstance(event, TalentSynced) for event in events) == 2
    assert len(bench.world.repository.runs(limit=10)) == 3


async def test_a_second_run_is_refused_while_one_is_in_progress(bench: Bench) -> None:
    other = Bench(MemoryRepository())
    other.world.repository.lock_run = lambda: False  # type: ignore[method-assign]
    with pytest.raises(RunInProgress):
        await other.night()
    assert other.watchman.heard == []


async def test_leaving_early_records_a_stopped_run(bench: Bench) -> None:
    bench.people(5)
    bench.world.concurrency = 1
    async with aclosing(bench.nightly.start(EVERYBODY)) as run:
        async for event in run:
            if isinstance(event, TalentSynced):
                break
    assert run.report is not None
    assert (bench.record().state, bench.record().note) == (RunState.STOPPED, CANCELLED)
    assert bench.record().looked_at == run.report.tally.looked_at >= 1
    assert bench.watchman.heard == ["started", "stopped 0"]
    assert (await bench.night())[0].report is not None, "the lock is free again"


async def test_a_run_that_is_asked_to_stop_finishes_what_is_in_progress(bench: Bench) -> None:
    bench.people(5)
    run = bench.nightly.start(EVERYBODY)
    async for event in run:
        if isinstance(event, RunStarted):
            run.stop(143, "Signal 15 ended it.")
    assert (bench.record().state, bench.record().exit_code) == (RunState.STOPPED, 143)
    assert bench.record().note == "Signal 15 ended it."
    assert bench.record().still_due == 5 - bench.record().looked_at


@pytest.mark.parametrize(
    ("limit", "total", "is_more"), [(None, 3, True), (2, 2, False), (3, 3, False), (4, 3, True)]
)
async def test_who_is_due_is_counted_up_to_a_bound(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, limit: int | None, total: int, is_more: bool
) -> None:
    monkeypatch.setattr(nightly, "MOST_COUNTED", 3)
    bench.people(9)
    run = bench.nightly.start(RunRequest(limit=limit))
    async for event in run:
        if isinstance(event, RunStarted):
            assert (event.total, event.is_more) == (total, is_more)
    assert bench.record().looked_at == (limit or 9), "though fewer were counted"
    assert bench.record().still_due == (3 if limit else 0)


async def test_an_error_of_the_caller_is_recorded(bench: Bench) -> None:
    bench.people(1)
    async with aclosing(bench.nightly.start(EVERYBODY)) as run:
        await anext(aiter(run))
        run.abandon(ZeroDivisionError())
    assert (bench.record().state, bench.record().exit_code) == (RunState.FAILED, BUG)
    assert bench.record().note == INTERNAL_ERROR


async def test_a_cancelled_run_is_put_on_record_before_the_cancellation_goes_on(bench: Bench) -> None:
    bench.people(1)
    begun, never = asyncio.Event(), asyncio.Event()

    async def consume() -> None:
        async with aclosing(bench.nightly.start(EVERYBODY)) as run:
            async for _ in run:
                begun.set()
                await never.wait()

    task = asyncio.create_task(consume())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.record().state is RunState.STOPPED


async def test_a_store_that_goes_away_ends_the_run_and_the_report_says_why() -> None:
    class Leaving(MemoryRepository):
        away = False

        def save(self, *arguments: object, **more: object) -> list[str]:
            raise StoreUnavailable("The database does not answer.")

        def save_run(self, run: Run) -> None:
            if run.ended_at is not None:
                raise StoreUnavailable("The database does not answer.")
            super().save_run(run)

    bench = Bench(Leaving())
    bench.people(1)
    run = bench.nightly.start(EVERYBODY)
    with pytest.raises(StoreUnavailable):
        [event async for event in run]
    assert run.report is not None
    assert isinstance(run.report.error, StoreUnavailable)
    assert (run.report.run.state, run.report.run.exit_code) == (RunState.FAILED, 75)
    assert bench.watchman.heard == ["started", "failed 75"]


async def test_a_run_that_could_neither_save_nor_release_leaves_its_talents_due() -> None:
    """A full disk: it can be read, and the leases stay for now."""

    class Full(MemoryRepository):
        def save(self, *arguments: object, **more: object) -> list[str]:
            raise StoreUnavailable("There is no space left.")

        def release(self, talent_ids: Sequence[str]) -> None:
            raise StoreUnavailable("There is no space left.")

    bench = Bench(Full())
    bench.people(5)
    run = bench.nightly.start(EVERYBODY)
    with pytest.raises(StoreUnavailable):
        [event async for event in run]
    assert run.report is not None
    assert run.report.run.still_due == 5


@pytest.mark.parametrize(("join", "exit_code"), [(False, 75), (True, 0)])
async def test_a_run_that_finds_everybody_claimed_says_so(join: bool, exit_code: int) -> None:
    """To whoever shares the work it is nothing new, not even to the one of them who has the lock by then."""

    class Claimed(MemoryRepository):
        def count_due(self, now: datetime, *, before: datetime | None, at_most: int | None = None) -> int:
            return 0

        def claims(self, now: datetime) -> list[Claims]:
            return [Claims("night-1", 17, 3, now + timedelta(minutes=9)), Claims("", 0, 1, now)]

    bench = Bench(Claimed())
    run, _ = await bench.night(RunRequest(join=join))
    assert run.report is not None
    record = bench.record()
    assert (record.exit_code, record.joined, record.claimed_elsewhere) == (exit_code, False, 4)
    assert (record.claimed_by, record.claimed_until) == (("17 on night-1",), NOW + timedelta(minutes=9))
    assert bench.watchman.heard == ["started", f"done {exit_code}"]


async def test_an_observer_that_cannot_be_notified_does_not_affect_the_run(bench: Bench) -> None:
    bench.watchman.complaint = "The ping did not get through."
    run, _ = await bench.night()
    assert run.report is not None
    assert run.report.warnings == ("The ping did not get through.",)
    assert bench.record().state is RunState.DONE


async def test_a_run_that_is_done_ends_with_a_sweep(bench: Bench) -> None:
    bench.people(1)
    swept: list[Swept] = []

    def sweep() -> Swept:
        swept.append(Swept(files=3))
        return swept[-1]

    bench.nightly.sweep = sweep
    run, _ = await bench.night()
    assert len(swept) == 1
    assert run.report is not None
    assert run.report.warnings == ()
    stopped = bench.nightly.start(EVERYBODY)
    stopped.stop(143, "It was told to stop.")
    async for _ in stopped:
        pass
    assert len(swept) == 1


async def test_a_sweep_that_fails_is_told_and_is_no_failure_of_the_run(bench: Bench) -> None:
    bench.people(1)

    def sweep() -> Swept:
        raise StoreUnavailable("The bucket does not answer.")

    bench.nightly.sweep = sweep
    run, _ = await bench.night()
    assert run.report is not None
    assert run.report.warnings == ("What nobody needs could not be removed. The bucket does not answer.",)
    assert (bench.record().state, bench.record().exit_code) == (RunState.DONE, 0)
