"""Whose turn the night is, by a clock that a test moves and the runs that are on record."""

from __future__ import annotations

import time as machine
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.errors import RunInProgress
from talentimg.models import OutcomeKind, Run, RunState
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.run.clock import (
    BY_SCHEDULE,
    SILENT,
    NightClock,
    is_due,
    left_behind,
    night_before,
    time_of,
)
from talentimg.service.run.records import RunRecords
from tests.runs import RUN

if TYPE_CHECKING:
    from pathlib import Path

AT = time(2)
LIMIT = 200
HOUR = timedelta(hours=1)
NIGHT = datetime(2026, 11, 24, 2, tzinfo=UTC)


class Ticking:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def run(started_at: datetime = NIGHT, state: RunState = RunState.DONE, **fields: Any) -> Run:
    run_id = f"r{started_at:%Y%m%d-%H%M%S}"
    plain = Run(run_id, started_at, "elsewhere.example", 1, state=state, by=BY_SCHEDULE)
    return replace(plain, **({"written_at": started_at} | fields))


def test_the_night_that_counts_is_the_latest() -> None:
    assert night_before(NIGHT - timedelta(seconds=1), AT) == NIGHT - timedelta(days=1)
    assert night_before(NIGHT, AT) == NIGHT
    assert night_before(NIGHT + 23 * HOUR, AT) == NIGHT
    assert time_of("02:00") == AT
    assert time_of("23:59") == time(23, 59)
    assert time_of("never") is None


DONE = {
    "nobody has begun": ([], True),
    "done": ([run()], False),
    "the valve held something back": ([run(state=RunState.VALVE)], False),
    "under way": ([run(state=RunState.RUNNING, written_at=NIGHT + HOUR)], False),
    "under way, and silent for long": ([run(state=RunState.RUNNING)], True),
    "its process died": ([run(state=RunState.DIED)], True),
    "its worker was ended": ([run(state=RunState.STOPPED)], True),
    "a person stopped it": ([run(state=RunState.STOPPED, stop_requested_by="eve")], False),
    "somebody's own that left nobody": ([run(by="eve", still_due=0)], False),
    "somebody's own over a few": ([run(by="eve", still_due=9)], True),
    "somebody's own over as many": (
        [run(by="eve", still_due=9, outcomes={OutcomeKind.UPDATED: LIMIT})],
        False,
    ),
    "by a clock that was years ahead": ([run(datetime(2031, 1, 1, tzinfo=UTC))], True),
    "it failed just now": ([run(state=RunState.FAILED, ended_at=NIGHT + HOUR)], False),
    "it failed some minutes ago": ([run(state=RunState.FAILED, ended_at=NIGHT + 0.9 * HOUR)], True),
    "it failed several times": (
        [
            run(NIGHT + n * timedelta(minutes=1), RunState.FAILED, ended_at=NIGHT + 0.9 * HOUR)
            for n in range(4)
        ],
        False,
    ),
}


@pytest.mark.parametrize("how", list(DONE))
def test_what_is_on_record_decides(how: str) -> None:
    runs, due = DONE[how]
    assert is_due(runs, NIGHT + HOUR, limit=LIMIT) is due


def test_nights_that_all_have_missed_are_caught_up_once() -> None:
    repository, clock = MemoryRepository(), Ticking(NIGHT)
    records = RunRecords(repository, clock)
    night = NightClock(records, AT, clock, limit=LIMIT)
    repository.save_run(run())
    assert not night.is_due()
    assert night.next() == NIGHT + 24 * HOUR
    clock.now = NIGHT + 80 * HOUR
    assert night.is_due(), "three nights with all machines off"
    repository.save_run(run(clock.now))
    assert not night.is_due()
    for hours in range(80, 96):
        clock.now = NIGHT + hours * HOUR
        assert not night.is_due()
    clock.now = NIGHT + 96 * HOUR
    assert night.is_due()


GOING: dict[str, Any] = {"state": RunState.RUNNING, "total": 9, "written_at": NIGHT + HOUR}


@pytest.mark.parametrize(
    ("facts", "joins"),
    [
        ({}, True),
        ({"state": RunState.DONE}, False),
        ({"has_looked": True}, False),
        ({"total": 0}, False),
        ({"by": "eve"}, False),
        ({"written_at": NIGHT + HOUR - SILENT}, False),
        ({"written_at": None}, False),
    ],
)
def test_the_night_of_another_is_joined_while_there_is_more_to_do(facts: dict[str, Any], joins: bool) -> None:
    repository, clock = MemoryRepository(), Ticking(NIGHT + HOUR)
    going = run(**(GOING | facts))
    repository.save_run(going)
    night = NightClock(RunRecords(repository, clock), AT, clock, limit=LIMIT)
    assert night.to_join() == (going.id if joins else None)


@pytest.mark.parametrize(("lease", "due"), [(HOUR / 2, True), (HOUR, False)])
def test_whom_a_silent_one_has_claimed_is_left_to_it_until_claims_run_out(
    lease: timedelta, due: bool
) -> None:
    repository, clock = MemoryRepository(), Ticking(NIGHT + HOUR)
    repository.save_run(run())
    minute = NIGHT + timedelta(minutes=1)
    repository.save_run(run(minute, RunState.RUNNING, joined=True))
    night = NightClock(RunRecords(repository, clock), AT, clock, limit=LIMIT, lease=lease)
    assert night.is_due() is due


def test_spread_over_a_window_each_night_begins_at_its_moment_the_same_for_all_workers() -> None:
    repository, clock, moments = MemoryRepository(), Ticking(NIGHT), set()
    records = RunRecords(repository, clock)

    def night(roster: str = "ours") -> NightClock:
        return NightClock(records, AT, clock, limit=LIMIT, spread=3 * HOUR, roster=roster)

    for days in range(9):
        begins = NIGHT + timedelta(days=days)
        repository.save_run(run(begins - timedelta(days=1)))
        clock.now = begins - timedelta(seconds=1)
        at = night().next()
        assert at is not None
        assert begins <= at < begins + 3 * HOUR
        clock.now = at - timedelta(seconds=1)
        assert (night().is_due(), night().next()) == (False, at)
        clock.now = at
        assert night().is_due()
        repository.save_run(run(at))
        assert not night().is_due()
        moments.add(at - begins)
    assert len(moments) == 9, "drawn anew each night"
    assert night("theirs").next() != night().next()


def test_a_sync_of_somebody_just_before_a_night_that_is_spread_counts_as_that_night() -> None:
    repository, clock = MemoryRepository(), Ticking(NIGHT)
    night = NightClock(RunRecords(repository, clock), AT, clock, limit=LIMIT, spread=10 * HOUR)
    repository.save_run(run(NIGHT - 24 * HOUR))
    at = night.next()
    assert at is not None
    repository.save_run(run(NIGHT + timedelta(seconds=1), by="eve", still_due=0))
    clock.now = at
    assert not night.is_due()


def test_never_is_never() -> None:
    clock = Ticking(NIGHT)
    night = NightClock(RunRecords(MemoryRepository(), clock), None, clock, limit=LIMIT)
    assert not night.is_due()
    assert night.next() is None
    assert night.to_join() is None
    assert night.left() == 0


def test_of_workers_that_come_up_together_one_does_it(new_store: Path) -> None:
    """Each has seen that it is due, and the first is done before the others begin."""
    clock = Ticking(NIGHT + HOUR)
    done = []
    for _ in range(3):
        with SqliteRepository.open(new_store) as repository:
            records = RunRecords(repository, clock)
            night = NightClock(records, AT, clock, limit=LIMIT)
            try:
                begun = records.begin(by=BY_SCHEDULE, unless=lambda: not night.is_due())  # noqa: B023  at once
            except RunInProgress:
                assert repository.lock_run(), "the next run may begin"
                continue
            records.finish(replace(begun, state=RunState.DONE, ended_at=clock.now))
            done.append(begun.id)
    assert len(done) == 1


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York", "Europe/Berlin"])
def test_no_zone_of_the_machine_moves_a_night(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    machine.tzset()
    try:
        for day in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
            local = (day + 2.5 * HOUR).astimezone()
            assert night_before(local, AT) == day + 2 * HOUR
            assert not is_due([run(day + 2 * HOUR)], local, limit=LIMIT)
    finally:
        monkeypatch.undo()
        machine.tzset()


def test_many_runs_in_one_night_do_not_hide_the_one_that_counts() -> None:
    repository, clock = MemoryRepository(), Ticking(NIGHT + 20 * HOUR)
    repository.save_run(run())
    for number in range(1, 130):
        repository.save_run(run(NIGHT + number * timedelta(minutes=1), by="eve", still_due=9))
    assert not NightClock(RunRecords(repository, clock), AT, clock, limit=LIMIT).is_due()
    assert RUN.by != BY_SCHEDULE


WITH_ANOTHER = {
    "it has ended as well": ("done", NIGHT + HOUR, False),
    "it died": ("died", NIGHT + HOUR, True),
    "it was told to end": ("stopped", NIGHT + HOUR, True),
    "it is silent for long": ("running", NIGHT + HOUR, True),
    "it may only be slow": ("running", NIGHT + 2.9 * HOUR, False),
    "it died before the run that is done": ("died", NIGHT - HOUR, False),
}


@pytest.mark.parametrize("case", WITH_ANOTHER)
def test_whom_one_had_claimed_who_took_part_and_died_is_not_forgotten(case: str) -> None:
    state, wrote_at, expected = WITH_ANOTHER[case]
    other = run(joined=True, state=RunState(state), written_at=wrote_at, id="other")
    assert left_behind([run(), other], NIGHT + 3 * HOUR) is expected
    again = run(NIGHT + 2.95 * HOUR)
    assert not left_behind([run(), other, again], NIGHT + 3 * HOUR), "once is enough"
    stopped = run(state=RunState.STOPPED, stop_requested_by="eve")
    assert not left_behind([stopped, other], NIGHT + 3 * HOUR)
    assert not left_behind([other], NIGHT + 3 * HOUR)


def test_what_is_left_of_a_night_is_what_its_parts_have_not_looked_at() -> None:
    repository = MemoryRepository()
    records = RunRecords(repository, lambda: NIGHT + HOUR)
    clock = NightClock(records, AT, lambda: NIGHT + HOUR, limit=LIMIT)
    assert clock.left() == LIMIT
    parts: tuple[tuple[dict[str, Any], int], ...] = (
        ({"state": RunState.STOPPED}, 140),
        ({"joined": True}, 80),
        ({"by": "eve"}, 80),
    )
    for number, (facts, left) in enumerate(parts):
        counts = {OutcomeKind.UNCHANGED: 60}
        repository.save_run(run(NIGHT + number * timedelta(seconds=1), outcomes=counts, **facts))
        assert clock.left() == left
    repository.save_run(
        run(NIGHT + timedelta(minutes=1), RunState.STOPPED, outcomes={OutcomeKind.UPDATED: 90})
    )
    assert clock.left() == 0
    assert not clock.is_due(), "a night that is full is done, however its parts have ended"
