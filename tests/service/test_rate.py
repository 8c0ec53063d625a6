"""A pace: never more in any minute than is documented, slower after a refusal, and faster again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.service.lookup.rate import Rate


class Clock:
    """Time that goes on only by being waited for."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


async def times(rate: Rate, clock: Clock, number: int) -> list[float]:
    found = []
    for _ in range(number):
        await rate.wait_turn()
        found.append(clock.now)
    return found


async def measured_pace(rate: Rate, clock: Clock) -> float:
    """Turns in a second, once there is no burst left."""
    at = await times(rate, clock, 21)
    return 20 / (at[-1] - at[0])


async def pace_after(refusals: int) -> float:
    """The pace after fifty turns in a second, and so many refusals at the same time."""
    clock = Clock()
    rate = Rate(None, clock=clock, sleep=clock.sleep)
    for _ in range(50):
        await rate.wait_turn()
        clock.now += 0.02
    for _ in range(refusals):
        rate.slow_down()
    return await measured_pace(rate, clock)


async def test_without_a_limit_nobody_waits() -> None:
    clock = Clock()
    rate = Rate(None, clock=clock, sleep=clock.sleep)
    assert await times(rate, clock, 1000) == [1000.0] * 1000


@given(st.integers(1, 200), st.lists(st.floats(0, 90), max_size=8))
def test_no_sliding_minute_ever_holds_more_than_the_limit(per_minute: int, pauses: list[float]) -> None:
    import asyncio

    async def live() -> None:
        clock = Clock()
        rate = Rate(per_minute, clock=clock, sleep=clock.sleep)
        asked = await times(rate, clock, per_minute + 5)
        for pause in pauses:
            clock.now += pause
            asked += await times(rate, clock, per_minute // 4 + 1)
        for start, first in enumerate(asked):
            within = sum(1 for at in asked[start:] if at < first + 60 - 1e-6)
            assert within <= max(per_minute, 1)

    asyncio.run(live())


async def test_a_small_roster_does_not_feel_a_documented_limit() -> None:
    clock = Clock()
    rate = Rate(600, clock=clock, sleep=clock.sleep)
    assert (await times(rate, clock, 100))[-1] == pytest.approx(1000.0)


async def test_after_a_refusal_it_goes_on_below_the_pace_that_was_refused() -> None:
    assert 30 < await pace_after(refusals=1) < 50


async def test_several_refusals_at_the_same_time_count_as_one() -> None:
    assert await pace_after(refusals=3) == pytest.approx(await pace_after(refusals=1))


async def test_good_answers_make_it_faster_again_but_never_faster_than_documented() -> None:
    clock = Clock()
    rate = Rate(600, clock=clock, sleep=clock.sleep)
    await times(rate, clock, 100)
    documented = await measured_pace(rate, clock)
    clock.now += 60
    await rate.wait_turn()
    clock.now += 60
    rate.slow_down()
    assert await measured_pace(rate, clock) < documented
    for _ in range(1000):
        rate.speed_up()
    assert await measured_pace(rate, clock) == pytest.approx(documented)
