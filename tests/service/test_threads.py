"""Blocking code on threads."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.service.threads import in_thread, run_cpu_bound

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
