"""What one run, or one person's request, may do about platforms that are cooling down."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import ProviderError

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Cooldown
    from talentimg.service.lookup.pacing import Pacing


MIN_WAITING: Final = 50
WAITING_PER_CONVERSATION: Final = 5


def max_waiting(concurrency: int) -> int:
    """How many talents may wait for pauses to end: half of those in progress, so that the others can go on.

    Args:
        concurrency: how many conversations there are at the same time.
    """
    return max(MIN_WAITING, WAITING_PER_CONVERSATION * concurrency)


@dataclass(slots=True)
class Traffic:
    """The requests sent to one platform, or to the hosts of pictures, and the bytes received."""

    calls: int = 0
    received: int = 0
    quota: int = 0


class Allowance:
    """How long to wait for platforms, whether to probe them anyway, and which requests were sent."""

    def __init__(
        self,
        pacing: Pacing,
        *,
        budget: timedelta = timedelta(0),
        probing: bool = False,
        max_waiting: int = 250,
    ) -> None:
        """What is allowed.

        Args:
            pacing: what the process knows of the platforms.
            budget: how long to wait in total for each platform that asks for a pause. A longer wait is
                refused at once.
            probing: whether hosts that did not answer are asked anyway, because a person wants to know.
            max_waiting: how many talents may wait for pauses to end at the same time; more are refused.
        """
        self.pacing = pacing
        self._budget = budget
        self._is_probing = probing
        self._max_waiting = max_waiting
        self._waiting = 0
        self._reserved: dict[str, tuple[timedelta, datetime]] = {}
        self._stopped = asyncio.Event()
        self._uncounted: Counter[str] = Counter()
        self.traffic: dict[str, Traffic] = {}

    async def is_cooling_down(self, key: str) -> bool:
        """Whether a platform must not be asked at this moment."""
        cooldown = await self.pacing.cooldown(key)
        return cooldown is not None and self.blocks(cooldown)

    def blocks(self, cooldown: Cooldown) -> bool:
        """Whether a cool-down keeps us from asking. One for missing answers does not stop a probe."""
        return not (cooldown.failures and self._is_probing)

    # -- waiting --------------------------------------------------------------

    def stop(self) -> None:
        """Stop waiting: every wait ends, and is refused if the platform is still cooling down."""
        self._stopped.set()

    async def wait_until_ready(self, key: str, label: str, *, talents: int = 1) -> None:
        """Return once a platform may be asked.

        Args:
            key: the platform.
            label: its name in a sentence.
            talents: how many may be waiting for this one request.

        Raises:
            ProviderError: the wait would be too long; `retry_at` says when to come back.
        """
        while (cooldown := await self.pacing.cooldown(key)) is not None:
            if not self.blocks(cooldown):
                return
            # If too many waited, there would be no room for the talents of other platforms.
            if self._waiting + talents > self._max_waiting or not self.reserve_wait(cooldown):
                raise cooldown_error(cooldown, label)
            self._waiting += talents
            try:
                await self._sleep(cooldown.until - self.pacing.now())
            finally:
                self._waiting -= talents

    def reserve_wait(self, cooldown: Cooldown) -> bool:
        """Charge the wait for a cool-down to the budget, once for all who wait; False if that is too much."""
        if cooldown.failures or self._stopped.is_set():
            return False
        now = self.pacing.now()
        spent, counted_to = self._reserved.get(cooldown.platform, (timedelta(0), now))
        more = max(timedelta(0), cooldown.until - max(now, counted_to))
        if spent + more > self._budget:
            return False
        self._reserved[cooldown.platform] = (spent + more, max(counted_to, cooldown.until))
        return True

    async def _sleep(self, span: timedelta) -> None:
        try:
            async with asyncio.timeout(max(0.0, span.total_seconds())):
                await self._stopped.wait()
        except TimeoutError:
            return

    # -- what was asked ---------------------------------------------------------

    def count(self, platform: str, *, received: int) -> None:
        """One more request went out."""
        traffic = self.traffic.setdefault(platform, Traffic())
        traffic.calls += 1
        self._uncounted[platform] += 1
        traffic.received += received

    async def spend(self, platform: str, ends: datetime) -> None:
        """Count the requests since the last call against the day's quota."""
        traffic = self.traffic.get(platform)
        if traffic is not None and self.pacing.has_quota(platform):
            units, self._uncounted[platform] = self._uncounted.pop(platform, 0), 0
            traffic.quota += units
            await self.pacing.spend(platform, units, ends)


def cooldown_error(cooldown: Cooldown, label: str) -> ProviderError:
    """The error for a request that was not sent because of a cool-down."""
    when = f"until {cooldown.until:%Y-%m-%d %H:%M:%S} UTC"
    sentence = (
        f"{label} does not answer and is left alone {when}."
        if cooldown.failures
        else f"{label} asked to be left alone {when}."
    )
    return ProviderError(sentence, reason=cooldown.reason, retry_at=cooldown.until, tries=0)
