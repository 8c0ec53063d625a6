"""Trying again, under one deadline."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from talentimg.clock import utc_now
from talentimg.http.faults import Fault
from talentimg.http.retry import Retry, with_retries
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def script(*steps: str | Exception) -> Callable[[], Awaitable[str]]:
    left = list(steps)

    async def attempt() -> str:
        step = left.pop(0)
        if isinstance(step, Exception):
            raise step
        if step == "hang":
            await asyncio.sleep(60)
        return step

    return attempt


def broke() -> Fault:
    return Fault(Reason.PROTOCOL, "Broke off.", retryable=True)


class Sleeps:
    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


async def tried(*steps: str | Exception, seconds: float = 5, **options: object) -> tuple[str, int]:
    retry = Retry(sleep=Sleeps())
    return await with_retries(
        script(*steps), host="api.test", seconds=seconds, retry=retry, retry_if=lambda answer: answer == "bad"
    )


async def test_a_good_answer_is_the_end() -> None:
    assert await tried("good", "never") == ("good", 1)


async def test_a_fault_that_may_pass_is_tried_again() -> None:
    assert await tried(broke(), "bad", "good") == ("good", 3)


async def test_the_last_answer_counts_when_the_tries_are_used_up() -> None:
    assert await tried("bad", broke(), "bad", "good") == ("bad", 3)


async def test_a_fault_that_will_not_pass_ends_it() -> None:
    with pytest.raises(Fault) as caught:
        await tried(broke(), Fault(Reason.TLS, "No."), "good")
    assert (caught.value.reason, caught.value.tries) == (Reason.TLS, 2)


async def test_the_deadline_holds_over_all_tries() -> None:
    with pytest.raises(Fault) as caught:
        await tried("hang", seconds=0.05)
    assert (caught.value.reason, caught.value.tries) == (Reason.TIMEOUT, 1)


async def test_what_an_earlier_try_met_tells_more_than_the_deadline() -> None:
    with pytest.raises(Fault) as caught:
        await tried(broke(), "hang", seconds=0.05)
    assert (caught.value.reason, caught.value.tries) == (Reason.PROTOCOL, 2)
    assert await tried("bad", "hang", seconds=0.05) == ("bad", 2)


async def test_a_cancelled_request_is_cancelled() -> None:
    task = asyncio.create_task(tried("hang"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_pauses_are_jittered_and_bounded() -> None:
    sleeps = Sleeps()
    retry = Retry(tries=6, first_s=0.25, longest_s=1.0, sleep=sleeps, random=lambda: 0.5)
    with pytest.raises(Fault):
        await with_retries(script(*(broke() for _ in range(6))), host="api.test", seconds=5, retry=retry)
    assert sleeps.waits == [0.125, 0.25, 0.5, 0.5, 0.5]


async def test_the_usual_pauses_are_short() -> None:
    sleeps = Sleeps()
    for tries in range(1, 6):
        await Retry(sleep=sleeps, random=lambda: 1.0).pause(tries)
    assert sleeps.waits == [0.25, 0.5, 1.0, 2.0, 2.0]
    await Retry(random=lambda: 0.01).pause(1)


@pytest.mark.parametrize(
    ("status", "headers", "again"),
    [
        (200, {}, False),
        (404, {}, False),
        (429, {}, False),
        (500, {}, True),
        (501, {}, False),
        (503, {}, True),
        (503, {"retry-after": "1"}, True),
        (503, {"retry-after": "120"}, False),
        (503, {"retry-after": "soon"}, True),
        (503, {"x-ratelimit-reset": "120"}, True),
    ],
)
def test_which_answers_are_worth_another_try(status: int, headers: dict[str, str], *, again: bool) -> None:
    assert Retry().is_worth_another(status, headers, NOW) is again


def test_the_clock_is_aware() -> None:
    assert utc_now().tzinfo is UTC
