"""Time in which the process was stopped does not pass; all other time does."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from talentimg.service.loop import HICCUP_S, SteadyLoop

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any


class Clock:
    """The real one, and what a test adds to it."""

    def __init__(self) -> None:
        self.added = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.added


def run(work: Coroutine[Any, Any, object], clock: Clock) -> None:
    with asyncio.Runner(loop_factory=lambda: SteadyLoop(clock)) as runner:
        runner.run(work)


def test_no_deadline_passes_while_the_process_is_stopped() -> None:
    clock = Clock()

    async def stopped() -> None:
        answer, loop = asyncio.Event(), asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(20):
            loop.call_later(0.01, answer.set)
            clock.added += 3600
            await answer.wait()
        assert loop.time() - began < 20

    run(stopped(), clock)


def test_nor_while_it_is_stopped_and_waits() -> None:
    """The answer and the deadline are there at the same time when it goes on."""
    clock = Clock()

    async def stopped() -> None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()

        def go_on() -> None:
            clock.added += 3600  # it is woken from outside, long after
            answer.set_result("here")

        waker = asyncio.to_thread(lambda: loop.call_soon_threadsafe(go_on))
        async with asyncio.timeout(20):
            await asyncio.gather(answer, waker)

    run(stopped(), clock)


def test_other_time_passes() -> None:
    async def waiting() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(0.02)
        assert loop.time() - began >= 0.02
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await asyncio.Event().wait()

    run(waiting(), Clock())


def test_a_long_wait_that_was_meant_passes_whole() -> None:
    clock = Clock()

    async def waiting() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SteadyLoop)
        loop.time()
        loop._wait_for(50.0)
        began = clock()
        clock.added += 50.0
        assert loop.time() - began == pytest.approx(50.0, abs=HICCUP_S)
        loop._wait_for(50.0)
        clock.added += 500.0
        assert loop.time() - began == pytest.approx(100.0, abs=2 * HICCUP_S + 0.5)

    run(waiting(), clock)


def test_time_never_goes_back_and_never_stands_still_for_ever() -> None:
    """A loop that always has too much to do has deadlines all the same."""
    clock = Clock()

    async def busy() -> None:
        loop = asyncio.get_running_loop()
        times = []
        for _ in range(50):
            clock.added += 60
            times.append(loop.time())
        assert times == sorted(times)
        assert round(times[-1] - times[0], 6) >= 49 * HICCUP_S

    run(busy(), clock)
