"""Blocking code on threads."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.service.threads import Lane, in_thread, run_cpu_bound
from tests.waiting import TIME_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("run", [in_thread, run_cpu_bound])
async def test_work_that_fails_when_nobody_waits_any_more_alarms_nobody(run: Callable[..., Any]) -> None:
    """As when a run ends because its store is away, while other threads still wait for that store."""
    alarms: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: alarms.append(context))
    begun, failed = threading.Event(), threading.Event()
    may_fail = threading.Event()

    def fail() -> None:
        begun.set()
        may_fail.wait()
        failed.set()
        raise OSError

    waiting = asyncio.create_task(run(fail))
    await asyncio.to_thread(begun.wait)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    may_fail.set()
    await asyncio.to_thread(failed.wait)
    for _ in range(10):
        await asyncio.sleep(0.01)
    del waiting
    gc.collect()
    assert alarms == []


@pytest.mark.parametrize("run", [in_thread, run_cpu_bound])
async def test_work_that_fails_says_so_to_whoever_waits(run: Callable[..., Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        await run(lambda: 1 // 0)


async def test_a_lane_has_so_many_at_once_and_the_others_in_their_order() -> None:
    lane = Lane(1, "lane")
    first = threading.Event()
    order: list[object] = []

    def wait() -> str:
        assert first.wait(TIME_LIMIT)
        order.append("first")
        return "first"

    waiting = asyncio.create_task(lane(wait))
    await asyncio.sleep(0)
    others = [asyncio.create_task(lane(order.append, number)) for number in range(5)]
    await asyncio.sleep(0)
    others[2].cancel()
    await asyncio.wait([others[2]])
    await asyncio.sleep(0)  # its place in the queue is given up
    first.set()
    assert await waiting == "first"
    await asyncio.wait(others)
    assert order == ["first", 0, 1, 3, 4]
    with pytest.raises(ZeroDivisionError):
        await lane(lambda: 1 // 0)
    lane.close()
