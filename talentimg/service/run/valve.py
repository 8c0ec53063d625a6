"""The safety valve: a night on which too many pictures would be lost is not believed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

LEAST: Final = 5
"""So many demotions are always allowed ..."""
SHARE: Final = 0.10
"""... or this share of the talents that had a picture, whichever is more."""


@dataclass(frozen=True, slots=True)
class Trip:
    """Why the valve shut: so many demotions of so many pictures, over the run or from one source."""

    losses: int
    shown: int
    allowed: int
    source: str | None = None

    needed: int = 0
    """Demotions that a person would have to allow for this run to make them all."""

    @property
    def sentence(self) -> str:
        """What happened, in one plain sentence."""
        where = f" from {self.source}" if self.source else ""
        return (
            f"{self.losses} of {self.shown} pictures{where} would be taken away in one run, "
            f"and at most {self.allowed} may be: all of these talents keep theirs."
        )


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
        self._losers: set[str] = set()

    def count(self, talent_id: str, source: str, *, lost: bool) -> None:
        """One talent who showed a picture from this source was looked at; would it be lost?

        Whoever would lose one counts once, however often they were looked at.
        """
        if talent_id in self._losers:
            return
        if lost:
            self._losers.add(talent_id)
        self._shown[source] += 1
        self._losses[source] += lost

    def trip(self) -> Trip | None:
        """Why the demotions must not be, once everybody was seen; None when they may."""
        whole = self._judge(self._losses.total(), self._shown.total(), None)
        single = (self._judge(self._losses[source], self._shown[source], source) for source in self._losses)
        return whole or next((trip for trip in single if trip is not None), None)

    def _judge(self, losses: int, shown: int, source: str | None) -> Trip | None:
        allowed = max(LEAST, int(SHARE * shown), self._allowed)
        if losses <= allowed:
            return None
        return Trip(losses, shown, allowed, source, needed=self._losses.total())
