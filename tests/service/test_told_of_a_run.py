"""What a run tells of itself: while it goes on, to whoever watches, and in its report."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import (
    RunInProgress,
    StoreUnavailable,
)
from talentimg.models import OutcomeKind, ReviewMode, RunState
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.events import RunFinished, RunStarted, TalentSynced
from talentimg.service.run.nightly import RunRequest
from talentimg.service.run.upkeep import Upkeep
from tests.service.test_following import Ticks
from tests.service.test_nightly import EVERYBODY, Bench
from tests.service.world import picture_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from talentimg.models import Account, Run
    from talentimg.providers.interface import Answer
    from talentimg.service.run.events import RunReport

DAY = timedelta(days=1)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def report_of(bench: Bench, request: RunRequest = EVERYBODY) -> RunReport:
    run, _ = await bench.night(request)
    assert run.report is not None
    return run.report


# -- while it goes on --------------------------------------------------------------------


class Watched(Bench):
    """A night whose progress is written when the test says so, and in which `held` is looked at last."""

    def __init__(self) -> None:
        super().__init__()
        self.ticks = Ticks()
        self.nightly.sleep = self.ticks.sleep
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        provider = self.world.providers["instagram"]
        answer = provider.lookup

        async def lookup(accounts: Sequence[Account]) -> Mapping[str, Answer]:
            if any(account.handle == "held" for account in accounts):
                self.reached.set()
                await self.go_on.wait()
            return await answer(accounts)

        provider.lookup = lookup  # type: ignore[method-assign]


async def test_its_progress_is_what_has_come_of_it_so_far() -> None:
    night = Watched()
    world = night.world
    world.add("asked", "instagram")
    world.offers("instagram", "asked", 1)
    await world.sync("asked")
    world.pass_time(days=2)
    world.review = ReviewMode.VISUAL
    world.offers("instagram", "asked", 2)
    world.add("new", "instagram")
    world.offers("instagram", "new", 3)
    world.add("silent", "instagram")
    world.fails("instagram", "silent")
    world.add("held", "instagram")
    async with aclosing(night.nightly.start(RunRequest(by="cron"))) as run:
        events = aiter(run)
        await anext(events)
        assert [type(await anext(events)) for _ in range(3)] == [TalentSynced] * 3
        last = asyncio.ensure_future(anext(events))
        await night.reached.wait()
        await night.ticks.tick()
        told = night.record()
        counts = {kind: number for kind, number in told.outcomes.items() if number}
        assert counts == {OutcomeKind.KEPT: 1, OutcomeKind.UPDATED: 1, OutcomeKind.FAILED: 1}
        assert told.outcomes.keys() == set(OutcomeKind)
        assert (told.total, told.in_progress, told.showing_initials, told.in_review) == (4, 1, 1, 1)
        assert (told.troubled, told.new_pictures, told.by) == (1, 1, "cron")
        assert (told.at_stake, told.has_looked) == ({"instagram": (1, 0)}, False)
        named = world.repository.noted_talents([told.id])
        assert {one.talent_id for one in named} == {"new", "silent"}
        night.go_on.set()
        await last
        assert [type(event) async for event in run] == [RunFinished]
    ended = night.record()
    assert (ended.in_progress, ended.looked_at, ended.has_looked) == (0, 4, True)
    assert (ended.troubled, ended.new_pictures, ended.at_stake) == (1, 1, {"instagram": (1, 0)})


async def test_a_stop_that_others_ask_for_is_heard_during_its_last_work_too() -> None:
    """Tokens may take long to renew."""
    night = Watched()
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def renew() -> None:
        reached.set()
        await go_on.wait()

    night.nightly.upkeep = Upkeep(renew)
    going = asyncio.create_task(night.night())
    await reached.wait()
    night.nightly.runs.request_stop(None, by="eve")
    await night.ticks.tick()
    go_on.set()
    await going
    assert night.record().stop_requested_by == "eve"


# -- what it is asked to do --------------------------------------------------------------


async def test_only_those_are_counted_and_looked_at_who_are_due_by_its_request(bench: Bench) -> None:
    bench.people(2)
    await bench.night()
    bench.world.pass_time(hours=1)
    bench.world.add("new", "instagram")
    _, events = await bench.night(RunRequest(before=bench.world.now - timedelta(hours=2), by="eve"))
    begun = events[0]
    assert isinstance(begun, RunStarted)
    assert begun.total == 1
    assert [e.outcome.talent_id for e in events if isinstance(e, TalentSynced)] == ["new"]
    assert (bench.record().by, bench.record().total) == ("eve", 1)


async def test_a_run_that_is_forced_fetches_what_seems_unchanged(bench: Bench) -> None:
    bench.world.add("ada", "instagram")
    bench.world.offers("instagram", "ada", 1, key="the same")
    await bench.night()
    fetched = len(bench.world.web.fetched)
    for force, more in ((False, 0), (True, 1)):
        bench.world.pass_time(days=1)
        await bench.night(RunRequest(force=force))
        assert len(bench.world.web.fetched) == fetched + more


async def test_one_that_is_needed_no_more_once_it_could_begin_does_not(bench: Bench) -> None:
    bench.people(1)
    with pytest.raises(RunInProgress):
        await bench.night(RunRequest(unless=lambda: True))
    assert (bench.world.repository.runs(), bench.watchman.heard) == ([], [])


# -- its report ---------------------------------------------------------------------------


async def test_its_report_names_pictures_that_came_for_too_many(bench: Bench) -> None:
    for talent_id in ("ada", "bob", "eve", "zoe"):
        bench.world.add(talent_id, "instagram")
        bench.world.web.pictures[bench.world.offers("instagram", talent_id, 1)] = picture_bytes(777)
    report = await report_of(bench)
    assert [one.source for one in report.suspects] == ["instagram"]
    assert list(report.suspects) == bench.world.repository.suspects()
    assert report.tally.showing_initials == bench.record().showing_initials == 4
    bench.world.pass_time(days=1)
    assert (await report_of(bench)).suspects == [], "those were told"


async def _twelve_who_are_found_no_more(bench: Bench) -> None:
    """As the next run hears the second time."""
    bench.people(12)
    for _ in range(2):
        assert (await report_of(bench)).exceeded is None
        bench.world.pass_time(days=2)
        for number in range(12):
            bench.world.lacks("instagram", f"t{number}")


async def test_its_report_and_its_record_say_why_the_valve_shut(bench: Bench) -> None:
    await _twelve_who_are_found_no_more(bench)
    report = await report_of(bench)
    why, record = report.exceeded, bench.record()
    assert why is not None
    assert (why.losses, why.shown) == (12, 12)
    assert (record.state, record.note) == (RunState.VALVE, why.sentence)
    assert record.exit_code == why.exit_code == 4
    assert (record.at_stake, record.has_looked) == ({"instagram": (12, 12)}, True)
    assert bench.watchman.heard[-1] == "valve 4"
    assert report.run == record


async def test_a_person_may_allow_what_the_valve_would_hold(bench: Bench) -> None:
    await _twelve_who_are_found_no_more(bench)
    report = await report_of(bench, RunRequest(allow_losses=12))
    assert (report.exceeded, report.run.state) == (None, RunState.DONE)
    assert report.run.outcomes[OutcomeKind.DEMOTED] == 12
    assert report.run.at_stake == {"instagram": (12, 0)}, "nobody else's loss"


async def test_a_run_with_nobody_to_look_at_has_nothing_to_report(bench: Bench) -> None:
    report = await report_of(bench)
    assert (report.suspects, report.exceeded, report.error, report.warnings) == ((), None, None, ())
    assert (report.run.total, report.run.at_stake, report.run.has_looked) == (0, {}, False)


async def test_one_that_could_not_be_recorded_says_so_to_whoever_is_notified() -> None:
    class Full(MemoryRepository):
        def save_run(self, run: Run) -> None:
            if run.ended_at is not None:
                raise StoreUnavailable("There is no space left.")
            super().save_run(run)

    bench = Bench(Full())
    bench.people(1)
    report = await report_of(bench)
    assert report.error is not None
    assert report.error.message == "There is no space left."
    assert (report.run.state, report.tally.looked_at) == (RunState.DONE, 1)
    assert bench.watchman.heard == ["started", "done 75"]


async def test_an_error_that_ends_it_is_the_note_of_its_record(bench: Bench) -> None:
    bench.people(1)
    async with aclosing(bench.nightly.start(EVERYBODY)) as run:
        await anext(aiter(run))
        run.abandon(StoreUnavailable("The disk is gone."))
        run.abandon(ZeroDivisionError())
    assert (bench.record().state, bench.record().exit_code) == (RunState.FAILED, 75)
    assert bench.record().note == "The disk is gone."


async def test_what_stopped_it_first_is_on_record_though_it_is_left_early(bench: Bench) -> None:
    bench.people(3)
    async with aclosing(bench.nightly.start(EVERYBODY)) as run:
        await anext(aiter(run))
        run.stop(143, "Signal 15 ended it.")
        run.stop(130, "Signal 2 ended it.")
    assert (bench.record().state, bench.record().exit_code) == (RunState.STOPPED, 143)
    assert bench.record().note == "Signal 15 ended it."
    assert run.is_ending


# -- what is done at its end --------------------------------------------------------------


@pytest.mark.parametrize(
    ("joined", "stopped", "renewed", "delivered"),
    [(False, False, 1, 1), (True, False, 0, 1), (False, True, 0, 0)],
)
async def test_tokens_are_renewed_by_who_began_the_night_and_is_done(
    joined: bool, stopped: bool, renewed: int, delivered: int
) -> None:
    class Locked(MemoryRepository):
        def lock_run(self) -> bool:
            return not joined

    bench = Bench(Locked())
    bench.people(1)
    done: list[str] = []

    async def renew() -> None:
        done.append("renewed")
        raise StoreUnavailable("It is away.")

    async def deliver() -> None:
        assert bench.record().ended_at is not None, "what it has done is on record"
        done.append("delivered")

    bench.nightly.upkeep = Upkeep(renew, deliver)
    run = bench.nightly.start(replace(EVERYBODY, join=joined))
    if stopped:
        run.stop(0, "eve stopped it.")
    async for _ in run:
        pass
    assert (done.count("renewed"), done.count("delivered")) == (renewed, delivered)
    assert run.report is not None
    said = "Tokens that end soon could not be renewed. It is away."
    assert run.report.warnings == (said,) * renewed
