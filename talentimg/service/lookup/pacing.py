"""No platform is asked too often: what it takes to be a polite client, shared by every process.

Cool-downs live in the store: those that a platform asked for, and those of hosts that did not answer
(a breaker). `Pacing` knows them all. A `Pace` is one platform's own: how many questions at once, how
many in a minute. A `PlatformGate` stands before every single request and sees every answer.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import ProviderError
from talentimg.http.interface import Exchange, Gate
from talentimg.http.usage import pause_until
from talentimg.models import Cooldown, Reason
from talentimg.service.lookup.rate import Rate
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from talentimg.errors import SourceError
    from talentimg.providers.interface import ProviderInfo
    from talentimg.repository.interface import Repository

DEFAULT_PAUSE: Final = timedelta(minutes=15)
"""How long a platform is left alone that throttles without saying until when."""
LONGEST_PAUSE: Final = timedelta(hours=24)
FRESH_FOR: Final = timedelta(milliseconds=20)
"""How old our view of the store's cool-downs may be, as other processes write them too; where reading
them takes longer, it may be as old as that."""

PICTURES: Final = "pictures"
"""Under this name the hosts of pictures are known, as `pictures:HOST`."""

FAILURES: Final = 6
"""Requests in a row without an answer after which a host is left alone."""
FIRST_BREAK: Final = timedelta(minutes=1)
LONGEST_BREAK: Final = timedelta(hours=1)
SHORTEST_BREAK: Final = timedelta(seconds=1)
SERVER_ERROR: Final = 500
NOT_IMPLEMENTED: Final = 501
NO_ANSWER: Final = frozenset(
    {Reason.DNS, Reason.TIMEOUT, Reason.UNREACHABLE, Reason.PROTOCOL, Reason.TLS, Reason.STATUS}
)


@dataclass(slots=True)
class Traffic:
    """What went out for one platform or to the hosts of pictures, and what came back."""

    calls: int = 0
    received: int = 0
    quota: int = 0


class Pacing:
    """Knows who is to be left alone, and remembers it for every process."""

    def __init__(
        self,
        repository: Repository,
        now: Callable[[], datetime],
        *,
        budget: timedelta = timedelta(0),
        probing: bool = False,
        most_waiting: int = 250,
        dice: Callable[[], float] = random.random,
    ) -> None:
        """What is paced.

        Args:
            repository: where cool-downs live.
            now: the clock.
            budget: how long, in all, to wait for each platform that asks for a pause. Whoever would have
                to wait longer is told so at once.
            probing: whether hosts that did not answer are asked all the same, as by a person who wants
                to know.
            most_waiting: talents who wait for the ends of pauses at the same time; others are told to come
                back later.
            dice: from 0 to 1, for the jitter of breaks.
        """
        self._repository = repository
        self.now = now
        self._budget = budget
        self.is_probing = probing
        self._dice = dice
        self._most_waiting = most_waiting
        self._waiting = 0
        self._known: dict[str, Cooldown] = {}
        self._read_at: datetime | None = None
        self._fresh_for = FRESH_FOR
        self._reading = asyncio.Lock()
        self._paces: dict[str, Pace] = {}
        self._waited: dict[str, tuple[timedelta, datetime]] = {}
        self._failed: Counter[str] = Counter()
        self._per_day: dict[str, int] = {}
        self._uncounted: Counter[str] = Counter()
        self._stopped = asyncio.Event()
        self.traffic: dict[str, Traffic] = {}

    # -- what is known --------------------------------------------------------

    async def cooldown(self, key: str) -> Cooldown | None:
        """The cool-down that holds now for a platform, or one host of it, if any."""
        known = await self._look_up(key)
        return known if known is not None and known.until > self.now() else None

    async def _look_up(self, key: str) -> Cooldown | None:
        async with self._reading:  # whoever comes meanwhile waits for what the store says
            if not self._is_fresh():
                await self._read()
        return self._known.get(key)

    def _is_fresh(self) -> bool:
        # A clock that was put back must not make an old view look fresh for long.
        return self._read_at is not None and timedelta(0) <= self.now() - self._read_at <= self._fresh_for

    async def _read(self) -> None:
        began = self.now()
        found = await in_thread(self._repository.cooldowns, began)
        self._known = {cooldown.platform: cooldown for cooldown in found}
        # Its age counts from here, and it lasts as long as it took to get: or a store that is far away
        # would be asked all the time, and everybody would wait for it.
        self._read_at = self.now()
        self._fresh_for = max(FRESH_FOR, self._read_at - began)

    async def is_cooling(self, key: str) -> bool:
        """Whether a platform must not be asked at this moment."""
        cooldown = await self.cooldown(key)
        return cooldown is not None and self.is_shut(cooldown)

    def is_shut(self, cooldown: Cooldown) -> bool:
        """Whether a cool-down keeps us from asking; one for a lack of answers does not stop a probe."""
        return not (cooldown.failures and self.is_probing)

    async def park(self, key: str, error: SourceError) -> Cooldown:
        """Leave a platform alone until the time that it named, or a while."""
        now = self.now()
        until = min(error.retry_at or now + DEFAULT_PAUSE, now + LONGEST_PAUSE)
        return await self._keep(Cooldown(key, until, Reason.THROTTLED, error.message))

    async def pause(self, key: str, until: datetime) -> None:
        """Leave a platform alone that has not refused us yet, but says that it would."""
        await self._keep(Cooldown(key, until, Reason.THROTTLED, "All that may be asked for now was asked."))

    async def _keep(self, cooldown: Cooldown) -> Cooldown:
        async with self._reading:  # or a read begun before it would forget it again
            known = self._known.get(cooldown.platform)
            if known is not None and known.until >= cooldown.until:
                return known
            await in_thread(self._repository.save_cooldown, cooldown)
            self._known[cooldown.platform] = cooldown
            return cooldown

    # -- waiting --------------------------------------------------------------

    def stop(self) -> None:
        """Wait for nobody any more: whoever waits is told to come back later."""
        self._stopped.set()

    async def ready(self, key: str, label: str, *, talents: int = 1) -> None:
        """Return once a platform may be asked.

        Args:
            key: the platform.
            label: its name in a sentence.
            talents: how many may be waiting with whoever asks.

        Raises:
            ProviderError: that would take longer than we wait; `retry_at` says when.
        """
        while (cooldown := await self.cooldown(key)) is not None:
            if not self.is_shut(cooldown):
                return
            # Too many who wait would leave no place for those of other platforms.
            if self._waiting + talents > self._most_waiting or not self.is_worth_waiting(cooldown):
                raise left_alone(cooldown, label)
            self._waiting += talents
            try:
                await self._sleep(cooldown.until - self.now())
            finally:
                self._waiting -= talents

    def is_worth_waiting(self, cooldown: Cooldown) -> bool:
        """Whether the budget allows to wait for the end of a cool-down; if so, it is charged once for all."""
        if cooldown.failures or self._stopped.is_set():
            return False
        now = self.now()
        spent, counted_to = self._waited.get(cooldown.platform, (timedelta(0), now))
        more = max(timedelta(0), cooldown.until - max(now, counted_to))
        if spent + more > self._budget:
            return False
        self._waited[cooldown.platform] = (spent + more, max(counted_to, cooldown.until))
        return True

    async def _sleep(self, span: timedelta) -> None:
        try:
            async with asyncio.timeout(max(0.0, span.total_seconds())):
                await self._stopped.wait()
        except TimeoutError:
            return

    # -- one platform's own -----------------------------------------------------

    def pace(self, info: ProviderInfo) -> Pace:
        """The pace at which a platform is asked, one for all who ask it."""
        if info.name not in self._paces:
            self.set_limits(
                info.name,
                concurrency=info.concurrency,
                per_minute=info.per_minute or 0,
                per_day=info.per_day or 0,
            )
        return self._paces[info.name]

    def set_limits(self, platform: str, *, concurrency: int, per_minute: int, per_day: int) -> None:
        """How fast a platform may be asked; 0 for no limit."""
        self._paces[platform] = Pace(concurrency, per_minute or None)
        self._per_day[platform] = per_day

    async def spend(self, platform: str, ends: datetime) -> None:
        """Count what was asked since the last time against a day's quota; once it is used up, ask no more."""
        most = self._per_day.get(platform, 0)
        traffic = self.traffic.get(platform)
        if not most or traffic is None:
            return
        units, self._uncounted[platform] = self._uncounted.pop(platform, 0), 0
        used = await in_thread(self._repository.spend, platform, units, ends)
        traffic.quota += units
        if used >= most:
            await self.pause(platform, ends)

    # -- what came of a request ---------------------------------------------------

    async def answered(self, key: str) -> None:
        """A host has answered: whatever it said, it is there."""
        self._failed.pop(key, None)
        known = self._known.get(key)
        if known is not None and known.failures:
            del self._known[key]
            await in_thread(self._repository.forgive, key)

    async def unanswered(self, key: str, reason: Reason, host: str) -> None:
        """A host has not answered, or with an error of its own: after several in a row it gets a rest.

        Full jitter, so that not everybody comes back at the same moment:
        https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        self._failed[key] += 1
        known = self._known.get(key)
        before = known.failures if known is not None else 0
        now = self.now()
        if known is not None and known.until > now:
            return  # already given up, by somebody else
        if self._failed[key] < (1 if before else FAILURES):
            return
        self._failed.pop(key, None)
        bound = min(FIRST_BREAK * 2 ** min(before, 10), LONGEST_BREAK)
        until = now + max(SHORTEST_BREAK, bound * self._dice())
        await self._keep(Cooldown(key, until, reason, f"{host} does not answer.", before + 1))

    def count(self, platform: str, *, received: int) -> None:
        """One more request went out."""
        traffic = self.traffic.setdefault(platform, Traffic())
        traffic.calls += 1
        self._uncounted[platform] += 1
        traffic.received += received


class Pace:
    """How fast one platform is asked: so many at once, and so many in a minute."""

    def __init__(self, concurrency: int, per_minute: int | None) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._rate = Rate(per_minute)

    @property
    def place(self) -> asyncio.Semaphore:
        """To be held for as long as a question is under way."""
        return self._slots

    async def turn(self) -> None:
        """Wait until one more question may go out."""
        await self._rate.turn()

    def refund(self) -> None:
        """A turn was not used: nothing went out."""
        self._rate.refund()

    def refused(self) -> None:
        """The platform says that this was too fast."""
        self._rate.slow_down()

    def answered(self) -> None:
        """All is well at this pace."""
        self._rate.speed_up()


class PlatformGate(Gate):
    """Stands before the requests for one platform, or before those for pictures."""

    def __init__(
        self,
        pacing: Pacing,
        platform: str,
        *,
        label: str | None = None,
        per_host: bool = False,
    ) -> None:
        """The gate of a platform.

        Args:
            pacing: what is known of it.
            platform: its name, or `PICTURES`.
            label: its name in a sentence; None for the host that is asked.
            per_host: whether each host has limits of its own.
        """
        self._pacing = pacing
        self._platform = platform
        self._label = label
        self._per_host = per_host

    @asynccontextmanager
    async def passage(self, host: str) -> AsyncIterator[Exchange]:
        """See `Gate.passage`."""
        pacing, at_host = self._pacing, f"{self._platform}:{host}"
        keys = (at_host,) if self._per_host else (self._platform, at_host)
        for key in keys:
            cooldown = await pacing.cooldown(key)
            if cooldown is not None and pacing.is_shut(cooldown):
                raise left_alone(cooldown, self._label or host)
        exchange = Exchange(host)
        try:
            yield exchange
        except Exception as error:
            reason = getattr(error, "reason", None)
            if exchange.status is None and reason in NO_ANSWER:
                await pacing.unanswered(at_host, reason, host)
            raise
        finally:
            pacing.count(self._platform, received=exchange.received)
        await self._judge(exchange, at_host)

    async def _judge(self, exchange: Exchange, at_host: str) -> None:
        status = exchange.status or 0
        if status >= SERVER_ERROR and status != NOT_IMPLEMENTED:
            await self._pacing.unanswered(at_host, Reason.STATUS, exchange.host)
            return
        await self._pacing.answered(at_host)
        until = pause_until(exchange.headers, self._pacing.now())
        if until is not None:
            await self._pacing.pause(at_host if self._per_host else self._platform, until)


def left_alone(cooldown: Cooldown, label: str) -> ProviderError:
    """The error of somebody who may not be asked now: nothing was sent."""
    when = f"until {cooldown.until:%Y-%m-%d %H:%M:%S} UTC"
    sentence = (
        f"{label} does not answer and is left alone {when}."
        if cooldown.failures
        else f"{label} asked to be left alone {when}."
    )
    return ProviderError(sentence, reason=cooldown.reason, retry_at=cooldown.until, tries=0)
