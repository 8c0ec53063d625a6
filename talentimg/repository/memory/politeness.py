"""Cool-downs and quotas of platforms, kept in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.repository.interface import Politeness
from talentimg.repository.memory.state import MemoryState
from talentimg.repository.turns import TurnsWanted
from talentimg.repository.values import FORGOTTEN_AFTER, LONGEST_AHEAD, normalise

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Cooldown


class MemoryPoliteness(MemoryState, Politeness):
    """Keeps cool-downs and quotas in dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._cooldowns: dict[str, Cooldown] = {}
        self._quotas: dict[str, tuple[datetime, int]] = {}
        self._turns: dict[str, float] = {}

    def cooldowns(self, now: datetime) -> list[Cooldown]:
        at = normalise(now)
        with self._lock:
            believed = [c for _, c in sorted(self._cooldowns.items()) if c.until <= at + LONGEST_AHEAD]
        return [c for c in believed if c.until > at or c.failures]

    def save_cooldown(self, cooldown: Cooldown) -> None:
        new = normalise(replace(cooldown, platform=cooldown.platform.lower()))
        with self._lock:
            old = self._cooldowns.get(new.platform)
            if old is None or not new.until <= old.until <= new.until + LONGEST_AHEAD:
                self._cooldowns[new.platform] = new
            self._forget_cooldowns(new.until - FORGOTTEN_AFTER)

    def _forget_cooldowns(self, before: datetime) -> None:
        over = [p for p, c in self._cooldowns.items() if c.until < before and p not in self._quotas]
        for platform in over:
            del self._cooldowns[platform]

    def forgive(self, platform: str) -> None:
        name = normalise(platform.lower())
        with self._lock:
            if (known := self._cooldowns.get(name)) and known.failures:
                del self._cooldowns[name]

    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        name, ends = normalise((platform.lower(), day_ends))
        with self._lock:
            known, used = self._quotas.get(name, (ends, 0))
            used = units + (used if known == ends else 0)
            if units:
                self._quotas[name] = (ends, used)
            return used

    def take_turns(
        self, platform: str, number: int, now: datetime, *, gap_s: float, behind_s: float
    ) -> float:
        wanted = TurnsWanted.of(platform, number, now, gap_s=gap_s, behind_s=behind_s)
        with self._lock:
            first = wanted.first_after(self._turns.get(wanted.platform))
            if number:
                self._turns[wanted.platform] = first + wanted.span
            return first - wanted.now
