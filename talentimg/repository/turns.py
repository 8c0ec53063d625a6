"""Which turns of a platform are taken: what every backend knows of them alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from datetime import datetime

QUEUE_S: Final = 600.0
QUEUE_TURNS: Final = 500
"""Nobody queues for longer than this, in seconds and in turns. Turns given out further ahead were so by a
clock that was wrong."""


@dataclass(frozen=True, slots=True)
class TurnsWanted:
    """Some turns, in seconds since 1970: the first is at `first` if nobody has taken it."""

    platform: str
    now: float
    first: float
    longest: float
    span: float

    @classmethod
    def of(cls, platform: str, number: int, now: datetime, *, gap_s: float, behind_s: float) -> TurnsWanted:
        """As `Politeness.take_turns` is asked for them."""
        at = now.timestamp()
        longest = at + max(QUEUE_S, QUEUE_TURNS * gap_s)
        return cls(normalise(platform.lower()), at, at - behind_s, longest, number * gap_s)

    def first_after(self, next_at: float | None) -> float:
        """When the first of them is, if the next that nobody has taken is then."""
        return next_at if next_at is not None and self.first <= next_at <= self.longest else self.first

    def parameters(self) -> dict[str, str | float]:
        """For the statements."""
        return {
            "platform": self.platform,
            "first": self.first,
            "longest": self.longest,
            "span": self.span,
        }
