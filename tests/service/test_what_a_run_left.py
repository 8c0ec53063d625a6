"""The exit code of a run, and what it says that is left to do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.errors import SOME_FAILED, ProviderError, RateLimited, StoreUnavailable, TryLater
from talentimg.models import Reason, RunState
from talentimg.repository.interface import Claims
from talentimg.repository.memory import MemoryRepository
from talentimg.service.run.events import RunFinished, RunStarted, TalentSynced
from talentimg.service.run.nightly import IN_VAIN, RunRequest
from talentimg.service.run.sweep import Swept
from tests.conftest import NOW
from tests.service.test_nightly import EVERYBODY, Bench

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account
    from talentimg.providers.interface import Answer
    from talentimg.repository.interface import Outlook

DAY = timedelta(days=1)


@pytest.fixture
def bench() -> Bench:
    return Bench()


# -- its exit code ------------------------------------------------------------------------


async def exit_code_of(bench: Bench, *, stop_after: int | None = None) -> int | None:
    """Of a run that is asked to stop once so many have been looked at; its last ones finish."""
    run, looked_at = bench.nightly.start(EVERYBODY), 0
    async for event in run:
        looked_at += isinstance(event, TalentSynced)
        if looked_at == stop_after and not isinstance(event, RunFinished):
            run.stop(None, "eve stopped it.")
    return bench.record().exit_code


async def test_its_exit_code_is_that_of_what_came_of_it(bench: Bench) -> None:
    bench.people(2)
    assert await exit_code_of(bench) == 0
    bench.world.fails("instagram", "t0")
    bench.world.pass_time(days=1)
    assert await exit_code_of(bench) == SOME_FAILED
    until = bench.world.now + timedelta(days=2)
    for talent_id in ("t0", "t1"):
        bench.world.fails("instagram", talent_id, RateLimited("Slow down.", retry_at=until))
    bench.world.pass_time(days=1)
    assert await exit_code_of(bench) == TryLater.exit_code


async def test_one_that_a_person_stopped_is_to_be_tried_again_if_somebody_is_left(bench: Bench) -> None:
    bench.people(3)
    assert await exit_code_of(bench, stop_after=0) == TryLater.exit_code
    assert bench.record().state is RunState.STOPPED
    bench.world.pass_time(days=1)
    assert await exit_code_of(bench, stop_after=3) == 0, "nobody is left"


async def test_that_some_failed_is_told_before_that_some_are_left(bench: Bench) -> None:
    bench.people(30)
    bench.world.concurrency = 1
    run = bench.nightly.start(EVERYBODY)

    async def lookup(accounts: Sequence[Account]) -> Mapping[str, Answer]:
        run.stop(None, "eve stopped it.")
        trouble = ProviderError("Instagram did not answer.", reason=Reason.TIMEOUT, tries=3)
        return dict.fromkeys((account.id for account in accounts), trouble)

    bench.world.providers["instagram"].lookup = lookup  # type: ignore[method-assign]
    async for _ in run:
        pass
    told = bench.record()
    assert 0 < told.looked_at < 30
    assert (told.state, told.exit_code) == (RunState.STOPPED, SOME_FAILED)
    assert told.still_due == 30 - told.looked_at


async def test_those_whom_others_looked_at_meanwhile_are_not_left(bench: Bench) -> None:
    bench.people(2)
    run = bench.nightly.start(EVERYBODY)
    async for event in run:
        if isinstance(event, RunStarted):
            run.stop(None, "eve stopped it.")
            for talent_id in ("t0", "t1"):
                await bench.world.sync(talent_id)
    assert (bench.record().still_due, bench.record().exit_code) == (0, 0)


async def test_whom_its_limit_left_out_is_not_left_by_whoever_stopped_it(bench: Bench) -> None:
    bench.people(3)
    run = bench.nightly.start(RunRequest(limit=1))
    async for event in run:
        if isinstance(event, TalentSynced):
            run.stop(None, "eve stopped it.")
    assert (bench.record().state, bench.record().still_due) == (RunState.STOPPED, 2)
    assert bench.record().exit_code == 0


async def test_one_that_is_done_has_done_its_work_whatever_others_gave_up(bench: Bench) -> None:
    bench.people(2)

    def sweep() -> Swept:
        bench.world.repository.release(["t0", "t1"])
        return Swept()

    bench.nightly.sweep = sweep
    async for event in bench.nightly.start(EVERYBODY):
        if isinstance(event, RunStarted):
            bench.world.repository.claim(bench.world.now, before=None, limit=1, lease=DAY)
    told = bench.record()
    assert (told.state, told.looked_at, told.still_due, told.exit_code) == (RunState.DONE, 1, 1, 0)


class Claimed(MemoryRepository):
    """Somebody else has claimed one talent more."""

    def claims(self, now: datetime) -> list[Claims]:
        return [Claims("night-1", 17, 1, now + timedelta(minutes=9))]

    def outlook(self, now: datetime, *, before: datetime | None, at_most: int, min_age: timedelta) -> Outlook:
        found = super().outlook(now, before=before, at_most=at_most, min_age=min_age)
        return found._replace(claims=tuple(self.claims(now)))


@pytest.mark.parametrize(
    ("people", "stopped", "exit_code", "note"),
    [
        (0, False, TryLater.exit_code, IN_VAIN),
        (1, False, 0, None),
        (0, True, 0, "eve stopped it."),
    ],
)
async def test_only_one_that_is_done_and_has_looked_at_nobody_is_in_vain(
    people: int, stopped: bool, exit_code: int, note: str | None
) -> None:
    bench = Bench(Claimed())
    bench.people(people)
    assert await exit_code_of(bench, stop_after=0 if stopped else None) == exit_code
    assert (bench.record().note, bench.record().claimed_elsewhere) == (note, 1)


# -- what is left to do -------------------------------------------------------------------


async def test_it_tells_when_the_next_is_due(bench: Bench) -> None:
    bench.people(2)
    await bench.night()
    assert bench.record().next_due_at == NOW + DAY
    assert bench.record().still_due == 0, "by the settings, though it was to look at everybody"


async def test_who_is_left_is_counted_by_its_request(bench: Bench) -> None:
    bench.people(3)
    await bench.night(RunRequest(limit=1))
    bench.world.pass_time(hours=2)
    await bench.night(RunRequest(before=bench.world.now - timedelta(hours=1), limit=1))
    assert bench.record().still_due == 2 - (bench.record().looked_at - 1)


async def test_if_it_cannot_be_asked_those_are_left_to_whom_it_did_not_get() -> None:
    class Away(MemoryRepository):
        def outlook(self, *_: object, **__: object) -> Outlook:
            raise StoreUnavailable("It is away.")

    bench = Bench(Away())
    bench.people(2)
    assert await exit_code_of(bench, stop_after=0) == TryLater.exit_code
    assert (bench.record().still_due, bench.record().claimed_by, bench.record().next_due_at) == (2, (), None)
