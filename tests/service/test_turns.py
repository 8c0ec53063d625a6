"""One pace over all processes: whoever asks a platform, no minute has more calls than it allows."""

from __future__ import annotations

import asyncio
import heapq
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import count, pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentimg.repository.memory import MemoryRepository
from talentimg.repository.registry import open_repository
from talentimg.repository.urls import sqlite_url
from talentimg.service.lookup.turns import LATEST_S, Turns
from tests.conftest import NOW

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Coroutine
    from typing import Any

    from talentimg.repository.interface import Repository


class Time:
    """Time for all processes, which goes on when everybody waits for it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        waking = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), waking))
        await waking

    async def live(self, *lives: Coroutine[Any, Any, None]) -> None:
        """Until all of them have ended."""
        tasks = [asyncio.create_task(life) for life in lives]
        while not all(task.done() for task in tasks):
            for _ in range(8):
                await asyncio.sleep(0)
            if self._sleepers:
                at, _, waking = heapq.heappop(self._sleepers)
                self.now = max(self.now, at)
                if not waking.done():
                    waking.set_result(None)
        for task in tasks:
            if not task.cancelled():
                task.result()


class Process:
    """One that takes turns and notes in the platform's log when it asked."""

    def __init__(self, store: Repository, per_minute: int, time: Time, log: list[float]) -> None:
        self.time = time
        self.log = log
        self.slowness_s = 0.0
        self.turns = Turns(partial(self._take, store), per_minute, clock=time, sleep=time.sleep)
        self.tasks: list[asyncio.Task[None]] = []

    async def _take(self, store: Repository, number: int, gap_s: float, behind_s: float) -> float:
        now = NOW + timedelta(seconds=self.time.now)
        ahead = store.take_turns("tiktok", number, now, gap_s=gap_s, behind_s=behind_s)
        if self.slowness_s:
            await self.time.sleep(self.slowness_s)
        return ahead

    async def ask(self, pauses: list[float], wasted: Callable[[], bool] = lambda: False) -> None:
        for pause in pauses:
            if pause:
                await self.time.sleep(pause)
            turn = await self.turns.wait()
            if wasted():
                self.turns.give_back(turn)
            else:
                self.log.append(self.time.now)


def busiest(log: list[float]) -> int:
    """The most calls of any minute."""
    log = sorted(log)
    return max((sum(1 for at in log[n:] if at < first + 60 - 1e-3) for n, first in enumerate(log)), default=0)


@settings(max_examples=60, deadline=None)
@given(
    per_minute=st.sampled_from([1, 2, 5, 7, 30, 60, 200]),
    lives=st.lists(
        st.tuples(
            st.integers(1, 3),
            st.lists(st.sampled_from([0, 0, 0, 0, 0.3, 5, 20, 90]), max_size=50),
            st.sampled_from([0.0, 0.0, 0.02, 1.0, 8.0, 13.0]),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    ),
    chance=st.randoms(use_true_random=False),
)
async def test_no_sliding_minute_has_more_calls_than_allowed_whoever_makes_them(
    per_minute: int,
    lives: list[tuple[int, list[float], float, bool]],
    chance: random.Random,
) -> None:
    """Some are idle for a while, some wait long for the store, some die in the middle."""
    time, log, store = Time(), list[float](), MemoryRepository()

    async def live(at_once: int, pauses: list[float], slowness_s: float, dies: bool) -> None:
        process = Process(store, per_minute, time, log)
        process.slowness_s = slowness_s
        tasks = [
            asyncio.create_task(process.ask(pauses, lambda: chance.random() < 0.2)) for _ in range(at_once)
        ]
        if dies:
            await time.sleep(chance.uniform(0, 30))
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert dies or all(task.exception() is None for task in tasks)

    await time.live(*(live(*one) for one in lives))
    assert busiest(log) <= per_minute


async def test_four_processes_share_what_one_would_have_and_lose_little_of_it() -> None:
    time, log, store = Time(), list[float](), MemoryRepository()
    processes = [Process(store, 600, time, log) for _ in range(4)]
    await time.live(*(process.ask([0.0] * 600) for process in processes))
    assert busiest(log) <= 600
    assert 4 * 600 / time.now == pytest.approx(500 / 60, rel=0.05), "a sixth is the room for a burst"


async def test_turns_come_one_after_the_other_and_none_is_used_before_its_moment() -> None:
    time, turns = Time(), list[float]()
    process = Process(MemoryRepository(), 600, time, [])

    async def ask() -> None:
        for _ in range(200):
            turns.append(await process.turns.wait())
            assert turns[-1] <= time.now + 1e-6

    await time.live(ask())
    assert {round(after - turn, 4) for turn, after in pairwise(turns)} == {0.12}


@pytest.mark.parametrize(
    ("per_minute", "times"),
    [(60, [0, 0, 0, 0, 0, 0, 0, 0, 0.8, 2.0]), (5, [0, 14.4, 28.8])],
)
async def test_whoever_was_idle_makes_up_for_less_than_ten_seconds(
    per_minute: int, times: list[float]
) -> None:
    time, log = Time(), list[float]()
    await time.live(Process(MemoryRepository(), per_minute, time, log).ask([0.0] * len(times)))
    assert log == pytest.approx(times)


async def test_where_turns_are_seldom_nobody_takes_one_for_later() -> None:
    time, log, store = Time(), list[float](), MemoryRepository()
    await time.live(Process(store, 25, time, log).ask([0.0] * 4))
    await time.live(Process(store, 25, time, log).ask([0.0]))
    assert log == pytest.approx([0, 0, 0, 1.52, 4.4])


async def test_nobody_asks_the_store_for_every_call() -> None:
    time, log, store = Time(), list[float](), MemoryRepository()
    asked: list[int] = []
    process = Process(store, 600, time, log)
    take = process.turns._take

    async def noted(number: int, gap_s: float, behind_s: float) -> float:
        asked.append(number)
        return await take(number, gap_s, behind_s)

    process.turns._take = noted
    await time.live(process.ask([0.0] * 200))
    assert asked[:6] == [1, 2, 4, 8, 16, 16]
    assert len(asked) < 20
    await time.live(process.ask([LATEST_S + 1] * 3))
    assert asked[-2:] == [1, 1], "whoever asks seldom keeps none from the others"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_the_same_over_a_real_store(kind: str, request: pytest.FixtureRequest) -> None:
    fixture = request.getfixturevalue("new_database" if kind == "postgres" else "new_store")
    url = str(fixture) if kind == "postgres" else sqlite_url(fixture)
    time, log = Time(), list[float]()
    with ExitStack() as opened:
        stores = [opened.enter_context(open_repository(url)) for _ in range(4)]
        lives = [Process(store, 120, time, log).ask([0.0] * 40) for store in stores]
        await time.live(*lives)
    assert len(log) == 160
    assert busiest(log) <= 120
