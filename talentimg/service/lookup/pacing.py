"""What a process knows about how often platforms may be asked; one for all its runs.

Cool-downs are kept in the store, for every process: those that a platform asked for, and those of hosts that
did not answer (a circuit breaker). So is whose turn it is, where a
platform limits the calls of a minute. How long a run waits for cool-downs to end is up to its `Allowance`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.http.retry_after import DEFAULT_PAUSE, LONGEST_PAUSE, SHORTEST_PAUSE
from talentimg.models import Cooldown, Reason
from talentimg.service.lookup.rate import Pace, Rate
from talentimg.service.lookup.turns import Turns
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from talentimg.errors import SourceError
    from talentimg.providers.interface import ProviderInfo
    from talentimg.repository.interface import Politeness

CACHE_TTL: Final = timedelta(milliseconds=20)
"""How long cool-downs read from the store are used before they are read again, because other processes write
them too. If reading takes longer, they are used for as long as that took."""

FAILURE_LIMIT: Final = 6
"""Requests in a row without an answer after which a host is left alone."""
FIRST_BREAK: Final = timedelta(minutes=1)
MAX_BREAK: Final = timedelta(hours=1)
MIN_BREAK: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a platform may be asked: calls at the same time, in a minute and in a day; 0 for no limit."""

    concurrency: int
    per_minute: int = 0
    per_day: int = 0


class Pacing:
    """Knows which platforms and hosts are cooling down, and shares that with every process."""

    def __init__(
        self,
        repository: Politeness,
        now: Callable[[], datetime],
        *,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """The pacing of one process.

        Args:
            repository: where cool-downs are kept.
            now: the clock.
            jitter: a random number from 0 to 1, for the length of breaks.
            clock: a monotonic clock, in seconds.
            sleep: waits for a number of seconds.
        """
        self._repository = repository
        self.now = now
        self._jitter = jitter
        self._clock = clock
        self._sleep = sleep
        self._known: dict[str, Cooldown] = {}
        self._read_at: datetime | None = None
        self._cache_ttl = CACHE_TTL
        self._lock = asyncio.Lock()
        self._limits: dict[str, Limits] = {}
        self._paces: dict[str, Pace] = {}
        self._failures: Counter[str] = Counter()

    # -- what is known --------------------------------------------------------

    async def cooldown(self, key: str) -> Cooldown | None:
        """The current cool-down of a platform, or of one of its hosts, if there is one."""
        return next(iter(await self.cooldowns(key)), None)

    async def cooldowns(self, *keys: str) -> list[Cooldown]:
        """Those that hold now for platforms, or hosts of them, all by the same view of the store."""
        known, now = await self._view(), self.now()
        return [c for key in keys if (c := known.get(key)) is not None and c.until > now]

    async def _view(self) -> dict[str, Cooldown]:
        async with self._lock:  # others wait meanwhile for the same answer of the store
            if not self._is_fresh():
                await self._read()
        return self._known

    def _is_fresh(self) -> bool:
        # A clock that was set back must not make an old reading look fresh for long.
        return self._read_at is not None and timedelta(0) <= self.now() - self._read_at <= self._cache_ttl

    async def _read(self) -> None:
        began = self.now()
        found = await in_thread(self._repository.cooldowns, began)
        self._known = {cooldown.platform: cooldown for cooldown in found}
        # It is used from now on for three times as long as it took to read. Otherwise a distant store would
        # be read all the time, and everybody would wait for it.
        self._read_at = self.now()
        self._cache_ttl = max(CACHE_TTL, 3 * (self._read_at - began))

    async def start_cooldown(self, key: str, error: SourceError) -> Cooldown:
        """Leave a platform alone until the time that it named, or for a default time."""
        now = self.now()
        asked = error.retry_at or now + DEFAULT_PAUSE
        until = min(asked, now + LONGEST_PAUSE) if asked > now else now + SHORTEST_PAUSE
        return await self._save(Cooldown(key, until, Reason.THROTTLED, error.message))

    async def pause(self, key: str, until: datetime) -> None:
        """Leave alone a platform that has not refused us yet, but says that it would."""
        await self._save(Cooldown(key, until, Reason.THROTTLED, "The limit for now is used up."))

    async def _save(self, cooldown: Cooldown) -> Cooldown:
        async with self._lock:  # or a read that began earlier would overwrite it
            known = self._known.get(cooldown.platform)
            if known is not None and known.until >= cooldown.until:
                return known
            await in_thread(self._repository.save_cooldown, cooldown)
            self._known[cooldown.platform] = cooldown
            return cooldown

    # -- limits of one platform -----------------------------------------------------

    def pace(self, info: ProviderInfo) -> Pace:
        """The pace at which a platform is asked, shared by all who ask it."""
        if info.name not in self._paces:
            self.set_limits(info.name, Limits(info.concurrency, info.per_minute or 0, info.per_day or 0))
        return self._paces[info.name]

    def set_limits(self, platform: str, limits: Limits) -> None:
        """Set how fast a platform may be asked. A pace already learnt is kept unless the limits change."""
        if self._limits.get(platform) != limits:
            self._limits[platform] = limits
            rate = Rate(limits.per_minute or None, clock=self._clock, sleep=self._sleep)
            turns = self._turns(platform, limits.per_minute) if limits.per_minute else None
            self._paces[platform] = Pace(limits.concurrency, rate, turns)

    def _turns(self, platform: str, per_minute: int) -> Turns:
        async def take(number: int, gap_s: float, behind_s: float) -> float:
            return await in_thread(
                self._repository.take_turns, platform, number, self.now(), gap_s=gap_s, behind_s=behind_s
            )

        return Turns(take, per_minute, clock=self._clock, sleep=self._sleep)

    def has_quota(self, platform: str) -> bool:
        """Whether a platform has a daily quota."""
        return platform in self._limits and self._limits[platform].per_day > 0

    async def spend(self, platform: str, units: int, ends: datetime) -> None:
        """Count units against the daily quota. Once it is used up, the platform is not asked again that day.

        Args:
            platform: one that has a quota.
            units: used since the last call.
            ends: when the next day of the quota begins.
        """
        used = await in_thread(self._repository.spend, platform, units, ends)
        if used >= self._limits[platform].per_day:
            await self.pause(platform, ends)

    # -- what came of a request ---------------------------------------------------

    async def answered(self, key: str) -> None:
        """A host has answered, whatever it said: it is up."""
        self._failures.pop(key, None)
        known = self._known.get(key)
        if known is not None and known.failures:
            del self._known[key]
            await in_thread(self._repository.forgive, key)

    async def unanswered(self, key: str, reason: Reason, host: str) -> None:
        """A host gave no answer, or a server error. After several in a row it is left alone for a while.

        With full jitter, so that not everybody comes back at the same moment:
        https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        self._failures[key] += 1
        known = self._known.get(key)
        before = known.failures if known is not None else 0
        now = self.now()
        if known is not None and known.until > now:
            return  # another process has already given up on it
        if self._failures[key] < (1 if before else FAILURE_LIMIT):
            return
        self._failures.pop(key, None)
        bound = min(FIRST_BREAK * 2 ** min(before, 10), MAX_BREAK)
        until = now + max(MIN_BREAK, bound * self._jitter())
        await self._save(Cooldown(key, until, reason, f"{host} does not answer.", before + 1))
