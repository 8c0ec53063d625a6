"""Cool-downs: shared by every process, never longer than a day, and never ignored."""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import ProviderError, RateLimited
from talentimg.http.retry_after import DEFAULT_PAUSE, LONGEST_PAUSE, SHORTEST_PAUSE
from talentimg.http.usage import pause_until
from talentimg.models import Cooldown, Reason
from talentimg.repository.memory import MemoryRepository
from talentimg.service.lookup.allowance import Allowance
from talentimg.service.lookup.gate import PlatformGate
from talentimg.service.lookup.pacing import (
    FAILURE_LIMIT,
    FIRST_BREAK,
    MAX_BREAK,
    Limits,
    Pacing,
)
from talentimg.service.threads import in_thread
from tests.conftest import NOW
from tests.waiting import TIME_LIMIT, until

if TYPE_CHECKING:
    from datetime import datetime


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, DEFAULT_PAUSE),
        (timedelta(minutes=3), timedelta(minutes=3)),
        (timedelta(days=400), LONGEST_PAUSE),
        (-timedelta(hours=1), SHORTEST_PAUSE),
    ],
)
async def test_a_platform_is_left_alone_as_long_as_it_asks_but_no_longer_than_a_day(
    asked: timedelta | None, expected: timedelta
) -> None:
    repository = MemoryRepository()
    error = RateLimited("Slow down.", retry_at=NOW + asked if asked else None)
    await Pacing(repository, lambda: NOW).start_cooldown("instagram", error)
    (cooldown,) = repository.cooldowns(NOW)
    assert cooldown.until == NOW + expected
    assert await Pacing(repository, lambda: NOW).cooldown("instagram") == cooldown
    assert await Pacing(repository, lambda: NOW + expected).cooldown("instagram") is None


async def test_a_pause_is_never_cut_short_by_a_shorter_one() -> None:
    pacing = Pacing(MemoryRepository(), lambda: NOW)
    long = await pacing.start_cooldown("x", RateLimited("Long.", retry_at=NOW + timedelta(hours=1)))
    short = await pacing.start_cooldown("x", RateLimited("Short.", retry_at=NOW + timedelta(minutes=1)))
    await pacing.pause("x", NOW + timedelta(minutes=2))
    assert short == long == Cooldown("x", NOW + timedelta(hours=1), Reason.THROTTLED, "Long.")
    assert await pacing.cooldown("x") == long
    longer = await pacing.start_cooldown("x", RateLimited("Longer.", retry_at=NOW + timedelta(hours=2)))
    assert await pacing.cooldown("x") == longer != long


async def test_what_another_process_learns_is_seen_within_seconds() -> None:
    repository = MemoryRepository()
    now = NOW
    ours = Pacing(repository, lambda: now)
    assert await ours.cooldown("instagram") is None
    await Pacing(repository, lambda: NOW).start_cooldown("instagram", RateLimited("Slow down."))
    now = NOW + timedelta(seconds=6)
    assert await ours.cooldown("instagram") is not None


class FarAway(MemoryRepository):
    """A store whose every answer takes a while, by a clock that nothing else moves."""

    now = NOW
    reads = 0

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        self.reads += 1
        self.now += timedelta(milliseconds=25)
        return super().cooldowns(now)


async def test_a_store_that_is_far_away_is_read_once_for_everybody_who_waits() -> None:
    repository = FarAway()
    pacing = Pacing(repository, lambda: repository.now)
    await asyncio.gather(*(pacing.cooldown(f"platform-{number}") for number in range(100)))
    assert repository.reads == 1
    repository.now += timedelta(milliseconds=75)
    assert await pacing.cooldown("platform-1") is None
    assert repository.reads == 1, "so that reading takes a quarter of the time at most"
    repository.now += timedelta(milliseconds=1)
    await asyncio.gather(*(pacing.cooldown(f"platform-{number}") for number in range(100)))
    assert repository.reads == 2


class Overtaken(MemoryRepository):
    """After so many looks at its cool-downs, another process keeps one. Remembers what was seen last."""

    def __init__(self, looks: int, key: str) -> None:
        super().__init__()
        self._looks = looks
        self._pause = Cooldown(key, NOW + timedelta(days=1), Reason.THROTTLED)
        self.seen: list[Cooldown] = []

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        self.seen = super().cooldowns(now)
        self._looks -= 1
        if not self._looks:
            self.save_cooldown(self._pause)
        return self.seen


@given(looks=st.integers(1, 8), key=st.sampled_from(["instagram", "instagram:api.example"]))
async def test_nothing_is_ever_sent_against_a_pause_that_was_read(looks: int, key: str) -> None:
    """However long it takes to pass the gate: here each look at the clock makes an older view too old."""
    seconds, repository = itertools.count(), Overtaken(looks, key)
    gate = PlatformGate(
        Allowance(Pacing(repository, lambda: NOW + timedelta(seconds=next(seconds)))), "instagram"
    )
    for _ in range(8):
        with suppress(ProviderError):
            async with gate.passage("api.example"):
                assert not repository.seen


async def test_work_in_a_thread_is_seen_through_when_the_waiting_ends() -> None:
    begun, done = asyncio.Event(), []
    loop, go_on = asyncio.get_running_loop(), threading.Event()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        done.append(go_on.wait(TIME_LIMIT))

    waiting = asyncio.create_task(in_thread(work))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await until(lambda: done)
    assert done == [True]


# -- hosts that do not answer -------------------------------------------------------------


class Clock:
    """Time that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def fail(gate: PlatformGate, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ProviderError):
            async with gate.passage("api.example"):
                raise ProviderError("No connection.", reason=Reason.UNREACHABLE)


async def succeed(gate: PlatformGate, status: int = 200, headers: dict[str, str] | None = None) -> None:
    async with gate.passage("api.example") as exchange:
        exchange.status, exchange.headers = status, headers or {}


async def test_a_host_that_does_not_answer_is_left_alone_longer_and_longer_by_everybody() -> None:
    repository, clock = MemoryRepository(), Clock()
    pauses = []
    for opening in range(9):
        pacing = Pacing(repository, clock, jitter=lambda: 1.0)  # each time another process
        gate = PlatformGate(Allowance(pacing), "instagram")
        await fail(gate, FAILURE_LIMIT if not opening else 1)
        (cooldown,) = repository.cooldowns(clock.now)
        assert (cooldown.platform, cooldown.failures) == ("instagram:api.example", opening + 1)
        pauses.append(cooldown.until - clock.now)
        with pytest.raises(ProviderError) as caught:
            await succeed(PlatformGate(Allowance(Pacing(repository, clock)), "instagram"))
        assert (caught.value.reason, caught.value.tries) == (Reason.UNREACHABLE, 0)
        clock.now = cooldown.until
    assert pauses == [min(FIRST_BREAK * 2**n, MAX_BREAK) for n in range(9)]


@pytest.mark.parametrize(
    ("jitter", "seconds"),
    [(0.0, 1.0), (0.01, 1.0), (0.5, 30.0), (1.0, 60.0)],
    ids=["none", "little", "half", "full"],
)
async def test_a_break_is_drawn_by_lot_and_says_what_is_the_matter(jitter: float, seconds: int) -> None:
    repository = MemoryRepository()
    gate = PlatformGate(Allowance(Pacing(repository, lambda: NOW, jitter=lambda: jitter)), "instagram")
    await fail(gate, FAILURE_LIMIT)
    assert repository.cooldowns(NOW) == [
        Cooldown(
            "instagram:api.example",
            NOW + timedelta(seconds=seconds),
            Reason.UNREACHABLE,
            "api.example does not answer.",
            1,
        )
    ]


async def test_a_break_that_another_process_has_ended_counts_from_the_beginning() -> None:
    repository, clock = MemoryRepository(), Clock()
    gate = PlatformGate(Allowance(Pacing(repository, clock, jitter=lambda: 1.0)), "instagram")
    await fail(gate, FAILURE_LIMIT)
    repository.forgive("instagram:api.example")
    clock.now += timedelta(minutes=5)
    await fail(gate, FAILURE_LIMIT - 1)
    assert repository.cooldowns(clock.now) == []
    await fail(gate, 1)
    assert [c.failures for c in repository.cooldowns(clock.now)] == [1]


async def test_one_answer_ends_the_break_and_the_count() -> None:
    repository, clock = MemoryRepository(), Clock()
    await fail(
        PlatformGate(Allowance(Pacing(repository, clock, jitter=lambda: 1.0)), "instagram"), FAILURE_LIMIT
    )
    probe = PlatformGate(Allowance(Pacing(repository, clock), probing=True), "instagram")
    await succeed(probe, 404)
    await succeed(PlatformGate(Allowance(Pacing(repository, clock)), "instagram"))
    assert repository.cooldowns(clock.now) == []
    pacing = Pacing(repository, clock)
    gate = PlatformGate(Allowance(pacing), "instagram")
    await fail(gate, FAILURE_LIMIT - 1)
    await succeed(gate)
    await fail(gate, FAILURE_LIMIT - 1)
    assert repository.cooldowns(clock.now) == []


async def test_a_5xx_is_no_answer_and_a_refusal_is_one() -> None:
    repository, clock = MemoryRepository(), Clock()
    gate = PlatformGate(Allowance(Pacing(repository, clock)), "instagram")
    for _ in range(FAILURE_LIMIT - 1):
        await succeed(gate, 503)
    await succeed(gate, 429)
    for _ in range(FAILURE_LIMIT):
        await succeed(gate, 500)
    assert [(c.platform, c.reason, c.detail) for c in repository.cooldowns(clock.now)] == [
        ("instagram:api.example", Reason.STATUS, "api.example does not answer.")
    ]


async def test_a_break_is_never_waited_for() -> None:
    repository, clock = MemoryRepository(), Clock()
    allowance = Allowance(Pacing(repository, clock), budget=timedelta(hours=1))
    await fail(PlatformGate(allowance, "instagram"), FAILURE_LIMIT)
    async with asyncio.timeout(TIME_LIMIT):
        with pytest.raises(ProviderError):
            await allowance.wait_until_ready("instagram:api.example", "Instagram")


async def test_a_budget_is_spent_once_however_many_wait() -> None:
    repository, clock = MemoryRepository(), Clock()
    pacing = Pacing(repository, clock)
    allowance = Allowance(pacing, budget=timedelta(seconds=5))
    for seconds, worth in ((3, True), (3, True), (4, True), (4, True), (9, False)):
        cooldown = await pacing.start_cooldown(
            "x", RateLimited("x", retry_at=NOW + timedelta(seconds=seconds))
        )
        assert allowance.reserve_wait(cooldown) is worth
    clock.now = NOW + timedelta(seconds=10)
    later = await pacing.start_cooldown("x", RateLimited("x", retry_at=clock.now + timedelta(seconds=2)))
    assert not allowance.reserve_wait(later), "four of five seconds are spent"


# -- what answers say of their limits --------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "60"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"}, 60),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(NOW.timestamp()) + 900)}, 900),
        ({"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "30.5"}, 30.5),
        ({"X-RateLimit-Remaining": "0"}, None),
        ({"X-App-Usage": '{"call_count": 89, "total_time": 25, "total_cputime": 25}'}, None),
        ({"x-app-usage": '{"call_count": 28, "total_time": 90, "total_cputime": 25}'}, 360),
        ({"X-App-Usage": "not JSON"}, None),
        ({"X-App-Usage": "[100]"}, None),
        ({"X-App-Usage": '{"call_count": "100"}'}, None),
        ({"X-Business-Use-Case-Usage": '{"17": [{"type": "instagram", "call_count": 100}]}'}, None),
    ],
)
def test_an_answer_tells_when_to_pause(headers: dict[str, str], seconds: float | None) -> None:
    until = pause_until(headers, NOW)
    assert until == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(("per_day", "spent"), [(1, [1]), (5, [2, 2, 1]), (5, [9])])
async def test_once_the_quota_of_a_day_is_used_up_a_platform_is_left_alone_until_the_next(
    per_day: int, spent: list[int]
) -> None:
    repository, ends = MemoryRepository(), NOW + timedelta(hours=5)
    pacing = Pacing(repository, lambda: NOW)
    pacing.set_limits("youtube", Limits(1, per_day=per_day))
    pacing.set_limits("github", Limits(1))
    assert [pacing.has_quota(name) for name in ("youtube", "github", "bluesky")] == [True, False, False]
    for units in spent:
        assert await pacing.cooldown("youtube") is None
        await pacing.spend("youtube", units, ends)
    expected = Cooldown("youtube", ends, Reason.THROTTLED, "The limit for now is used up.")
    assert await pacing.cooldown("youtube") == expected
    assert repository.spend("youtube", 0, ends) == sum(spent)


async def test_a_platform_that_says_so_is_paused_before_it_refuses() -> None:
    repository = MemoryRepository()
    gate = PlatformGate(Allowance(Pacing(repository, lambda: NOW)), "github")
    await succeed(gate, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"})
    assert [(c.platform, c.failures) for c in repository.cooldowns(NOW)] == [("github", 0)]
    with pytest.raises(ProviderError, match=r"^api\.example "):
        await succeed(gate)
    with pytest.raises(ProviderError, match=r"^GitHub "):
        await succeed(PlatformGate(Allowance(Pacing(repository, lambda: NOW)), "github", label="GitHub"))


async def test_where_each_host_has_its_own_limits_only_that_host_is_paused() -> None:
    repository = MemoryRepository()
    gate = PlatformGate(Allowance(Pacing(repository, lambda: NOW)), "mastodon", per_host=True)
    await succeed(gate, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"})
    assert [c.platform for c in repository.cooldowns(NOW)] == ["mastodon:api.example"]
    async with gate.passage("other.example"):
        pass
