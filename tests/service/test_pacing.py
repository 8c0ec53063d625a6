"""Cool-downs: kept for every process, never longer than a day, never asked through."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from talentimg.errors import Throttled
from talentimg.repository.memory import MemoryRepository
from talentimg.service.pacing import DEFAULT_PAUSE, LONGEST_PAUSE, Pacing
from talentimg.service.threads import in_thread
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (None, DEFAULT_PAUSE),
        (timedelta(minutes=3), timedelta(minutes=3)),
        (timedelta(days=400), LONGEST_PAUSE),
    ],
)
async def test_a_platform_is_left_alone_as_long_as_it_asks_but_no_longer_than_a_day(
    asked: timedelta | None, kept: timedelta
) -> None:
    repository = MemoryRepository()
    error = Throttled("Slow down.", retry_at=NOW + asked if asked else None)
    await Pacing(repository, lambda: NOW).park("instagram", error)
    (cooldown,) = repository.cooldowns(NOW)
    assert cooldown.until == NOW + kept
    assert await Pacing(repository, lambda: NOW).cooldown("instagram") == cooldown
    assert await Pacing(repository, lambda: NOW + kept).cooldown("instagram") is None


async def test_what_another_process_learns_is_seen_within_seconds() -> None:
    repository = MemoryRepository()
    now = NOW
    ours = Pacing(repository, lambda: now)
    assert await ours.cooldown("instagram") is None
    await Pacing(repository, lambda: NOW).park("instagram", Throttled("Slow down."))
    now = NOW + timedelta(seconds=6)
    assert await ours.cooldown("instagram") is not None


async def test_work_in_a_thread_is_seen_through_when_the_waiting_ends() -> None:
    begun, done = asyncio.Event(), []
    loop = asyncio.get_running_loop()

    def work() -> None:
        import time

        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.05)
        done.append(True)

    waiting = asyncio.create_task(in_thread(work))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0.2)
    assert done == [True]
