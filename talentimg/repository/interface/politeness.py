"""The port to cool-downs and quotas of platforms, which all processes share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Cooldown


class Politeness(ABC):
    """Knows which platforms to leave alone for now, and what of their quotas and of a minute is used."""

    @abstractmethod
    def cooldowns(self, now: datetime) -> list[Cooldown]:
        """The platforms to leave alone now, and those that have failed and not answered since.

        One that ends later than we ever write (`values.LONGEST_AHEAD`) counts as none, here and when a
        shorter one is saved: a clock was ahead once.
        """

    @abstractmethod
    def save_cooldown(self, cooldown: Cooldown) -> None:
        """Remember to leave a platform alone for a while; an existing cool-down is never shortened."""

    @abstractmethod
    def forgive(self, platform: str) -> None:
        """Forget the failures of a platform that has answered, and end the cool-down that they led to.

        A cool-down that the platform itself asked for is not shortened.
        """

    @abstractmethod
    def spend(self, platform: str, units: int, day_ends: datetime) -> int:
        """Count units of a platform's daily quota as used.

        Args:
            platform: whose quota it is.
            units: how many more were used; 0 to ask without counting any.
            day_ends: when the quota is reset. Units used on other days do not count.

        Returns:
            How many units of this day have been used, including these.
        """

    @abstractmethod
    def take_turns(
        self, platform: str, number: int, now: datetime, *, gap_s: float, behind_s: float
    ) -> float:
        """Take the next turns to ask a platform, which nobody else is given.

        Those that were given out further ahead than `turns.QUEUE_S` were so by a clock that was wrong,
        and count as none.

        Args:
            platform: which is to be asked.
            number: how many turns; 0 to ask without taking any.
            now: the time.
            gap_s: seconds from each turn to the next.
            behind_s: how many seconds ago the first may be, if nobody has taken it.

        Returns:
            In how many seconds the first of them is; negative if it has been.
        """
