"""The safety valve: a night on which too many pictures would be lost is not believed."""

from __future__ import annotations

from collections import Counter
from typing import Final

from talentimg.errors import LossLimitExceeded

MIN_ALLOWED: Final = 5
"""So many demotions are always allowed ..."""
ALLOWED_SHARE: Final = 0.10
"""... or this share of the talents that had a picture, whichever is more."""


class Valve:
    """Counts what a run would take away. Pure: it holds nothing back itself."""

    def __init__(self, allowed: int | None = None) -> None:
        """A valve for one run.

        Args:
            allowed: demotions that a person allows this run, if that is more than usual.
        """
        self._allowed = allowed or 0
        self._shown: Counter[str] = Counter()
        self._losses: Counter[str] = Counter()
        self._counted_losses: set[str] = set()

    def count(self, talent_id: str, source: str, *, lost: bool) -> None:
        """One talent who showed a picture from this source was looked at; would it be lost?

        Whoever would lose one counts once, however often they were looked at.
        """
        if talent_id in self._counted_losses:
            return
        if lost:
            self._counted_losses.add(talent_id)
        self._shown[source] += 1
        self._losses[source] += lost

    def exceeded(self) -> LossLimitExceeded | None:
        """Why the demotions must not be made, once everybody was looked at; None when they may."""
        overall = self._judge(self._losses.total(), self._shown.total(), None)
        by_source = (
            self._judge(self._losses[source], self._shown[source], source) for source in self._losses
        )
        return overall or next((error for error in by_source if error is not None), None)

    def _judge(self, losses: int, shown: int, source: str | None) -> LossLimitExceeded | None:
        allowed = max(MIN_ALLOWED, int(ALLOWED_SHARE * shown), self._allowed)
        if losses <= allowed:
            return None
        return LossLimitExceeded(
            losses=losses, shown=shown, allowed=allowed, needed=self._losses.total(), source=source
        )
