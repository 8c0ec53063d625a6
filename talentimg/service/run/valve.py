"""The safety valve: a run in which too many pictures would be lost must not take any away."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from talentimg.errors import LossLimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MIN_ALLOWED: Final = 5
"""This many demotions are always allowed ..."""
ALLOWED_SHARE: Final = 0.10
"""... or this share of the talents that showed a picture, whichever is more."""


class Valve:
    """Counts the pictures that a run would take away. It only counts: the writer holds them back."""

    def __init__(self, allowed: int | None = None) -> None:
        """A valve for one run.

        Args:
            allowed: how many demotions a person allows, if more than usual.
        """
        self._allowed = allowed or 0
        self._shown: Counter[str] = Counter()
        self._losses: Counter[str] = Counter()
        self._counted_losses: set[str] = set()

    def count(self, talent_id: str, source: str, *, lost: bool, again: bool = False) -> None:
        """Count a talent that shows a picture from this source, and whether the picture would be lost.

        Args:
            talent_id: whose loss counts once, however often they are looked at.
            source: the source that is shown.
            lost: whether the picture would be lost.
            again: whether the talent was counted before, as one who keeps the picture.
        """
        if talent_id in self._counted_losses:
            return
        if lost:
            self._counted_losses.add(talent_id)
        self._shown[source] += not again
        self._losses[source] += lost

    @property
    def at_stake(self) -> dict[str, tuple[int, int]]:
        """By source, how many showed a picture of it, and how many of these would lose it."""
        return {source: (self._shown[source], self._losses[source]) for source in self._shown}

    async def until_all_have_looked(self) -> None:
        """Wait for those who are judged together with this one; here it is alone."""

    def exceeded(self) -> LossLimitExceeded | None:
        """Why the demotions must not be made, once all talents have been looked at; None if they may."""
        return judged(self._losses, self._shown, self._allowed)


def added(counts: Iterable[Mapping[str, tuple[int, int]]]) -> tuple[Counter[str], Counter[str]]:
    """The losses and what was shown, by source, of several who each tell what is at stake."""
    losses: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for one in counts:
        for source, (of, lost) in one.items():
            shown[source] += of
            losses[source] += lost
    return losses, shown


def judged(
    losses: Counter[str], shown: Counter[str], least: int = 0, *, taken_by: str = "in one run"
) -> LossLimitExceeded | None:
    """Why so many pictures must not be lost, in all or of one source; None if they may.

    Args:
        losses: by source, how many would be lost.
        shown: by source, how many were shown, with these.
        least: how many are allowed at least.
        taken_by: what would take them away, in words.
    """
    counts = ((None, losses.total(), shown.total()), *((s, losses[s], shown[s]) for s in losses))
    for source, lost, of in counts:
        allowed = max(MIN_ALLOWED, int(ALLOWED_SHARE * of), least)
        if lost > allowed:
            return LossLimitExceeded(
                losses=lost,
                shown=of,
                allowed=allowed,
                needed=losses.total(),
                source=source,
                taken_by=taken_by,
            )
    return None
