"""A part in the night ends after a while and is followed by another, and all parts are one night."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from talentimg.errors import RunInProgress
from talentimg.models import Outcome, OutcomeKind, RunState
from talentimg.service.run.clock import BY_SCHEDULE, NightClock
from talentimg.service.run.events import RunStarted, TalentSynced
from talentimg.service.run.slices import LEAST, LONGEST_S, SHORTEST_S, NightSlices
from tests.runs import RUN

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from talentimg.models import Run
    from talentimg.service.run.nightly import Nightly, RunRequest
    from talentimg.service.run.records import RunRecords

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
LOOKED_AT = TalentSynced(Outcome("ada", "Ada", OutcomeKind.UNCHANGED, "instagram", "instagram"))


@dataclass
class FakeRun:
    """Looks at so many, unless it is stopped; each look takes a while."""

    nights: Nights
    talents: int
    error: Exception | None = None
    stopped: str | None = None

    def stop(self, exit_code: int, note: str) -> None:
        assert exit_code == 0
        self.stopped = note

    def __aiter__(self) -> AsyncIterator[RunStarted | TalentSynced]:
        return self._go()

    async def _go(self) -> AsyncGenerator[RunStarted | TalentSynced, None]:
        if self.error is not None:
            raise self.error
        yield RunStarted(RUN, self.talents)
        for _ in range(self.talents):
            if self.stopped is not None:
                return
            self.nights.elapsed += self.nights.look_s
            yield LOOKED_AT

    async def aclose(self) -> None:
        """It ends by itself."""


@dataclass
class Nights:
    """The runs that are begun, and what is on record."""

    runs: list[Run] = field(default_factory=list)
    talents: int = 0
    look_s: float = 0.0
    elapsed: float = 0.0
    error: Exception | None = None
    asked: list[RunRequest] = field(default_factory=list)

    def start(self, request: RunRequest) -> FakeRun:
        self.asked.append(request)
        return FakeRun(self, self.talents, self.error)

    def since(self, start: datetime, *, joined: bool = False, at_most: int | None = None) -> list[Run]:
        del at_most
        return [run for run in self.runs if run.started_at >= start and (joined or not run.joined)]

    def slices(self, limit: int = 2000) -> NightSlices:
        clock = NightClock(cast("RunRecords", self), time(2), lambda: NOW, limit=limit)
        return NightSlices(cast("Nightly", self), clock, lambda: NOW, elapsed=lambda: self.elapsed)


def a_run(looked_at: int, **facts: Any) -> Run:
    counts = {OutcomeKind.UNCHANGED: looked_at}
    began = NOW - timedelta(minutes=30)
    return replace(
        RUN, started_at=began, written_at=NOW, by=BY_SCHEDULE, outcomes=counts, total=9999, **facts
    )


STOPPED = a_run(500, id="first", state=RunState.STOPPED, ended_at=NOW)
RUNNING = a_run(100, id="theirs", state=RunState.RUNNING, ended_at=None)


async def test_a_night_that_is_short_is_one_part() -> None:
    nights = Nights(talents=LEAST - 1)
    assert not await nights.slices().take_part()
    assert [(request.join, request.limit) for request in nights.asked] == [(False, 2000)]


async def test_looks_that_take_no_time_are_all_one_part() -> None:
    assert not await Nights(talents=3 * LEAST, look_s=0.0).slices().take_part()


@pytest.mark.parametrize(("talents", "look_s"), [(LEAST + 1, SHORTEST_S / LEAST), (10, LONGEST_S / 4)])
async def test_a_long_one_is_followed_by_another(talents: int, look_s: float) -> None:
    nights = Nights(talents=talents, look_s=look_s)
    assert await nights.slices().take_part()


async def test_all_parts_of_a_night_have_one_limit() -> None:
    shared = a_run(300, id="beside", state=RunState.STOPPED, ended_at=NOW, joined=True)
    nights = Nights([STOPPED, shared], talents=1)
    slices = nights.slices(limit=1000)
    assert slices.is_due()
    await slices.take_part()
    assert [request.limit for request in nights.asked] == [200]
    full = Nights([STOPPED, shared])
    assert not full.slices(limit=800).is_due()
    assert not await full.slices(limit=800).take_part()
    assert full.asked == []


async def test_one_takes_part_in_the_night_of_another() -> None:
    nights = Nights([RUNNING], talents=1)
    await nights.slices().take_part()
    assert [request.join for request in nights.asked] == [True]


@pytest.mark.parametrize(("runs", "again"), [([], True), ([RUNNING], False)])
async def test_who_comes_too_late_to_begin_it_takes_part(runs: list[Run], again: bool) -> None:
    nights = Nights(runs, error=RunInProgress("Somebody was faster."))
    assert await nights.slices().take_part() is again


async def test_nothing_begins_after_the_end() -> None:
    nights = Nights(talents=1)
    slices = nights.slices()
    slices.stop(0, "The worker ends.")
    assert not await slices.take_part()
    assert nights.asked == []
