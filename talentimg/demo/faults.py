"""Faults that a platform can be given, and the gate that applies them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURES: Final = "pictures"
"""Stands for the picture hosts of all platforms wherever faults are set."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with one platform; by default nothing. Times are in seconds."""

    latency: float = 0.0
    """How long every response takes."""
    jitter: float = 0.0
    """Up to this much longer, at random."""
    error_rate: float = 0.0
    """The share of requests that get the platform's own temporary error."""
    down: Literal["close", "error"] | None = None
    """Close every connection without a response, or always respond with that error."""
    throttle: float | None = None
    """Requests per second; beyond it, the platform refuses all for `hold`. 0 refuses every one."""
    hold: float = 2.0
    retry_after: bool = False
    """Refuse with a Retry-After header even if the platform itself sends none, as a gateway does."""
    quota: int | None = None
    """How many requests are answered before the daily quota is used up (YouTube only)."""
    garbled: bool = False
    """Every response is a 200 with an HTML page."""
    url_life: float | None = None
    """How long expiring picture URLs are valid, in place of the platform's own time."""


class Verdict(StrEnum):
    """What happens to one request."""

    PASS = "pass"  # noqa: S105  a word, not a secret
    CLOSE = "close"
    BROKEN = "broken"
    THROTTLED = "throttled"
    OUT_OF_QUOTA = "out of quota"
    GARBLED = "garbled"


class Gate:
    """Decides on the requests to one platform, one after the other."""

    def __init__(self, faults: Faults, clock: Callable[[], float], seed: str) -> None:
        self.faults = faults
        self.closed_until = 0.0
        self._clock = clock
        self._dice = Random(seed)  # noqa: S311  not for secrets
        self._left = self._capacity
        self._filled_at = clock()
        self._used = 0

    @property
    def limit(self) -> int | None:
        """How many requests may arrive at once; None without a throttle."""
        return None if self.faults.throttle is None else int(self._capacity)

    @property
    def left(self) -> int:
        """How many of those are left."""
        return max(0, int(self._left))

    def delay(self) -> float:
        """How long to wait before answering."""
        return self.faults.latency + (self._dice.random() * self.faults.jitter if self.faults.jitter else 0.0)

    def judge(self) -> Verdict:
        """What happens to the request that arrives now."""
        faults = self.faults
        if faults.down is not None:
            return Verdict.CLOSE if faults.down == "close" else Verdict.BROKEN
        if faults.throttle is not None and self._is_throttled():
            return Verdict.THROTTLED
        if faults.quota is not None:
            self._used += 1
            if self._used > faults.quota:
                return Verdict.OUT_OF_QUOTA
        if faults.error_rate and self._dice.random() < faults.error_rate:
            return Verdict.BROKEN
        return Verdict.GARBLED if faults.garbled else Verdict.PASS

    @property
    def _capacity(self) -> float:
        rate = self.faults.throttle or 0.0
        return 0.0 if rate == 0 else max(1.0, rate)

    def _is_throttled(self) -> bool:
        """A bucket that fills at the rate; once it is empty, nothing passes for a while."""
        now = self._clock()
        if now < self.closed_until:
            return True
        if self.closed_until > self._filled_at:  # open again, with a full bucket
            self._left = self._capacity
        else:
            gained = (now - self._filled_at) * (self.faults.throttle or 0.0)
            self._left = min(self._capacity, self._left + max(0.0, gained))
        self._filled_at = now
        if self._left < 1:
            self.closed_until = now + self.faults.hold
            return True
        self._left -= 1
        return False


def whole_seconds(until: float, now: float) -> int:
    """Seconds from now, rounded up so that a client that waits never comes too early."""
    return max(0, math.ceil(until - now))
