"""The port to what keeps us polite: cool-downs and quotas of platforms, shared by all processes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Cooldown


class Politeness(ABC):
    """Keeps which platforms are to be left alone, and how much of their quotas is used."""

    @abstractmethod
    def cooldowns(self, now: datetime) -> list[Cooldown]:
        """The platforms that are to be left alone now, and those that failed and have not answered since."""

    @abstractmethod
    def save_cooldown(self, cooldown: Cooldown) -> None:
        """Remember to leave a platform alone; an earlier, longer cool-down is not shortened."""

    @abstractmethod
    def forgive(self, platform: str) -> None:
        """The platform has answered: its failures are forgotten, and the cool-down that they led to ends.

        One that the platform asked for itself is not shortened.
        """

    @abstractmethod
    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        """Count units of a quota as used, for every process.

        Args:
            platform: whose quota.
            units: how many more; 0 only asks.
            day_ends: when the quota begins anew. What was used of another day does not count.

        Returns:
            How many are used of this day's, these included.
        """
