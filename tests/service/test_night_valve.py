"""The safety valve over a night that several share, and over one that is done in slices."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from talentimg.models import OutcomeKind, RunState
from talentimg.repository.memory import MemoryRepository
from talentimg.service.decision.due import Schedule
from talentimg.service.run.night_valve import NightValve
from talentimg.service.run.nightly import Nightly, RunRequest
from talentimg.service.run.records import RunRecords
from tests.conftest import NOW
from tests.runs import RUN
from tests.service.world import World
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from talentimg.models import Run
    from talentimg.service.run.events import RunReport
    from talentimg.service.run.sync import Syncer

MINUTE = timedelta(minutes=1)
PEOPLE = 72
ON_TIKTOK = [f"t{number:03}" for number in range(0, PEOPLE, 6)]
"""A sixth, spread over the roster."""


def nightly(world: World) -> Nightly:
    """One more process."""

    @asynccontextmanager
    async def open_syncer() -> AsyncIterator[Syncer]:
        yield world.syncer()

    return Nightly(
        repository=world.repository,
        runs=RunRecords(world.repository, lambda: world.now),
        open_syncer=open_syncer,
        now=lambda: world.now,
        schedule=Schedule(timedelta(hours=24), lambda: world.now),
    )


async def take_part(
    world: World, limit: int | None = None, allow_losses: int | None = None, *, is_shared: bool = False
) -> RunReport:
    before = world.now - timedelta(hours=20)
    request = RunRequest(
        before=before, limit=limit, join=True, allow_losses=allow_losses, is_shared=is_shared
    )
    run = nightly(world).start(request)
    async with aclosing(run) as events:
        async for _ in events:
            pass
    assert run.report is not None
    return run.report


def the_world() -> World:
    world = World()
    for number in range(PEOPLE):
        talent_id = f"t{number:03}"
        platform = "tiktok" if talent_id in ON_TIKTOK else "instagram"
        world.add(talent_id, platform)
        world.offers(platform, talent_id, number)
    return world


@dataclass
class Others:
    """Runs beside one's own, as records tell of them."""

    runs: list[Run] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def write_progress(self, run: Run) -> None:
        """Nobody reads it here."""

    def beside(self, run: Run) -> list[Run]:
        self.asked.set()
        return self.runs

    def since(self, start: datetime, *, joined: bool, at_most: int) -> list[Run]:
        assert joined
        return [run for run in self.runs if run.started_at >= start][:at_most]

    def valve(self, allowed: int | None = None) -> NightValve:
        me = replace(RUN, id="me", state=RunState.RUNNING, ended_at=None)
        return NightValve(cast("RunRecords", self), MemoryRepository(), lambda: me, lambda: NOW, allowed)


@pytest.mark.parametrize(("began", "has_looked"), [(1, False), (0, True), (-60, True)])
async def test_nobody_waits_for_one_who_began_later_or_has_looked(began: int, has_looked: bool) -> None:
    run = replace(RUN, started_at=NOW + timedelta(seconds=began), has_looked=has_looked)
    async with asyncio.timeout(TIME_LIMIT):
        await Others([run]).valve().until_all_have_looked()


@pytest.mark.parametrize("began", [0, -60])
async def test_those_who_began_before_or_at_the_same_time_are_waited_for(began: int) -> None:
    others = Others([replace(RUN, started_at=NOW + timedelta(seconds=began), has_looked=False)])
    valve = others.valve()
    assert not valve.has_looked
    waiting = asyncio.create_task(valve.until_all_have_looked())
    async with asyncio.timeout(TIME_LIMIT):
        for _ in range(2):
            others.asked.clear()
            await others.asked.wait()
        assert not waiting.done()
        others.runs.clear()
        await waiting
    assert valve.has_looked


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"state": RunState.RUNNING, "ended_at": None}, "in one run"),
        ({"state": RunState.RUNNING, "ended_at": None, "part_of": "first"}, "in one run"),
        ({"state": RunState.FAILED, "ended_at": NOW}, "in one run"),
        ({"state": RunState.DIED, "ended_at": NOW}, None),
        ({"id": "me"}, None),
        ({"state": RunState.DONE, "ended_at": NOW - MINUTE}, "in one night"),
        ({"state": RunState.STOPPED, "ended_at": NOW - MINUTE}, "in one night"),
        ({"state": RunState.VALVE, "ended_at": NOW - MINUTE}, None),
        ({"state": RunState.DONE, "started_at": NOW - timedelta(hours=21), "ended_at": NOW - MINUTE}, None),
    ],
)
async def test_what_others_lose_beside_it_or_took_before_it_counts(
    facts: dict[str, Any], said: str | None
) -> None:
    """Five may be lost in all; each of the two would lose three."""
    other = {"started_at": NOW - timedelta(minutes=2), "at_stake": {"instagram": (10, 3)}, **facts}
    valve = Others([replace(RUN, **other)]).valve()
    for number in range(10):
        valve.count(str(number), "tiktok", lost=number < 3)
    error = valve.exceeded()
    if said is None:
        assert error is None
    else:
        assert error is not None
        assert f"taken away {said}, " in error.sentence


def initials(world: World) -> set[str]:
    rows = world.repository.roster(limit=PEOPLE)
    return {row.talent_id for row in rows if row.source == "initials"}


async def a_night(world: World, processes: int, limit: int | None) -> list[RunReport]:
    """Everybody is looked at, by so many at once, in slices of this size."""
    world.pass_time(hours=25)
    reports: list[RunReport] = []
    while world.repository.count_due(world.now, before=world.now - timedelta(hours=20)):
        reports += await asyncio.gather(*(take_part(world, limit) for _ in range(processes)))
        world.pass_time(minutes=5)
        assert {report.run.state for report in reports} <= {RunState.DONE, RunState.VALVE}
    return reports


SHARED = pytest.mark.parametrize(("processes", "limit"), [(1, None), (4, 10), (1, 1), (1, 7), (2, 25)])


@SHARED
async def test_a_platform_that_knows_nobody_any_more_loses_none_however_the_night_is_shared(
    processes: int, limit: int | None
) -> None:
    world = the_world()
    await a_night(world, processes, limit)
    for talent_id in ON_TIKTOK:
        world.lacks("tiktok", talent_id)
    await a_night(world, processes, limit)
    for _ in range(2):
        world.pass_time(hours=25)
        reports = await asyncio.gather(*(take_part(world, limit) for _ in range(processes)))
        assert initials(world) == set()
        assert all((r.run.state is RunState.VALVE) is (r.exceeded is not None) for r in reports)


@SHARED
async def test_a_few_who_have_really_left_go(processes: int, limit: int | None) -> None:
    world = the_world()
    await a_night(world, processes, limit)
    left = set(ON_TIKTOK[:4])
    for talent_id in left:
        world.lacks("tiktok", talent_id)
    await a_night(world, processes, limit)
    reports = await a_night(world, processes, limit)
    assert initials(world) == left
    assert sum(report.run.outcomes[OutcomeKind.DEMOTED] for report in reports) == len(left)


async def test_what_is_disconnected_everywhere_at_once_is_judged_over_all_who_take_part() -> None:
    world = the_world()
    await a_night(world, 1, None)
    for talent_id in ON_TIKTOK:
        world.repository.disconnect(talent_id, "tiktok", world.now)
    world.pass_time(hours=25)
    reports = await asyncio.gather(*(take_part(world) for _ in range(4)))
    assert initials(world) == set()
    assert [r.run.state for r in reports if r.exceeded] != []


async def test_slices_of_one_night_take_away_no_more_than_a_run_may() -> None:
    world = the_world()
    await a_night(world, 1, None)
    for talent_id in ON_TIKTOK:
        world.repository.disconnect(talent_id, "tiktok", world.now)
    world.pass_time(hours=25)
    for _ in range(PEOPLE // 10):
        await take_part(world, limit=10)
        world.pass_time(minutes=5)
    assert len(initials(world)) <= 5


async def test_what_a_person_has_allowed_is_no_loss_of_the_runs_after_it() -> None:
    world = the_world()
    await a_night(world, 1, None)
    gone, later = ON_TIKTOK[:15], ON_TIKTOK[15:18]
    for talent_id in gone:
        world.lacks("tiktok", talent_id)
    await a_night(world, 1, None)
    world.pass_time(hours=25)
    assert (await take_part(world)).exceeded is not None
    world.pass_time(minutes=5)
    await take_part(world, allow_losses=15)
    assert initials(world) == set(gone)
    for talent_id in later:
        world.lacks("tiktok", talent_id)
    await a_night(world, 1, None)
    world.pass_time(hours=21)
    await take_part(world)
    assert initials(world) == {*gone, *later}
