"""Retries: how many, how long to wait in between, and one deadline for all of them."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from talentimg.http.faults import Fault, fault
from talentimg.http.interface import is_failure
from talentimg.http.retry_after import asked_wait
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a request is tried, and how long to wait in between.

    Full jitter (a random wait between zero and the bound) spreads out clients that failed together:
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    tries: int = 3
    first_s: float = 0.25
    longest_s: float = 2.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random

    async def pause(self, tries: int) -> None:
        """Wait after this many tries."""
        bound = min(self.first_s * 2 ** (tries - 1), self.longest_s)
        await self.sleep(self.random() * bound)

    def is_worth_another(self, status: int, headers: Mapping[str, str], now: datetime) -> bool:
        """Whether another try may soon succeed: after a 5xx that does not ask for a longer wait."""
        if not is_failure(status):
            return False
        # Only `Retry-After` counts: the reset of a quota says nothing about a failure.
        said = {name: value for name, value in headers.items() if name in ("date", "retry-after")}
        asked = asked_wait(said, now)
        return asked is None or asked <= timedelta(seconds=self.longest_s)


def _never(_answer: object) -> bool:
    return False


async def with_retries(
    attempt: Callable[[], Awaitable[_T]],
    *,
    host: str,
    seconds: float,
    retry: Retry,
    retry_if: Callable[[_T], bool] = _never,
) -> tuple[_T, int]:
    """Try until there is a good answer, or until the tries or the time run out.

    Args:
        attempt: one try; it raises a `Fault` if there is no answer.
        host: who is asked, to be named when the deadline has passed.
        seconds: the total deadline for all tries and pauses.
        retry: how often, and how long to wait in between.
        retry_if: whether an answer is worth another try.

    Returns:
        The last answer, and how many tries were made.

    Raises:
        Fault: the last try gave no answer.
    """
    tries = 0
    last: tuple[_T] | Fault | None = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                tries += 1
                last = await _once(attempt)
                if tries >= retry.tries or not _worth_another(last, retry_if):
                    break
                await retry.pause(tries)
    except TimeoutError:
        # What went wrong in an earlier try says more than that time ran out in the end.
        last = last or fault(Reason.TIMEOUT, host)
    if isinstance(last, Fault):
        last.tries = tries
        raise last from None
    assert last is not None
    return last[0], tries


async def _once(attempt: Callable[[], Awaitable[_T]]) -> tuple[_T] | Fault:
    try:
        return (await attempt(),)
    except Fault as trouble:
        return trouble


def _worth_another(last: tuple[_T] | Fault, retry_if: Callable[[_T], bool]) -> bool:
    return last.retryable if isinstance(last, Fault) else retry_if(last[0])
