"""No platform is asked too often: cool-downs that live in the store, and a limit on open questions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.models import Cooldown, Reason
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.errors import SourceError
    from talentimg.repository.interface import Repository

DEFAULT_PAUSE: Final = timedelta(minutes=15)
"""How long a platform is left alone that throttles without saying until when."""
LONGEST_PAUSE: Final = timedelta(hours=24)
FRESH_FOR: Final = timedelta(seconds=5)
"""How old our view of the store's cool-downs may be: other processes write them too."""


class Pacing:
    """Knows which platforms are to be left alone, and remembers it for every process."""

    def __init__(self, repository: Repository, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now
        self._known: dict[str, Cooldown] = {}
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()
        self._limits: dict[str, asyncio.Semaphore] = {}

    def limit(self, platform: str, concurrency: int) -> asyncio.Semaphore:
        """The gate through which every question to a platform goes."""
        return self._limits.setdefault(platform, asyncio.Semaphore(concurrency))

    async def cooldown(self, key: str) -> Cooldown | None:
        """The cool-down that holds now for a platform (or one host of it), if any."""
        now = self._now()
        async with self._reading:  # whoever comes meanwhile waits for what the store says
            if self._read_at is None or now - self._read_at > FRESH_FOR:
                for cooldown in await in_thread(self._repository.cooldowns, now):
                    self._remember(cooldown)
                self._read_at = now
        known = self._known.get(key)
        return known if known is not None and known.until > now else None

    async def park(self, key: str, error: SourceError) -> Cooldown:
        """Leave a platform alone until the time that it named, or a while."""
        now = self._now()
        until = min(error.retry_at or now + DEFAULT_PAUSE, now + LONGEST_PAUSE)
        cooldown = Cooldown(key, until, Reason.THROTTLED, error.message)
        self._remember(cooldown)
        await in_thread(self._repository.save_cooldown, cooldown)
        return cooldown

    def _remember(self, cooldown: Cooldown) -> None:
        known = self._known.get(cooldown.platform)
        if known is None or known.until < cooldown.until:
            self._known[cooldown.platform] = cooldown
