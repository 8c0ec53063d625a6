"""The safety valve over a day of wishes: whatever number of workers, they lose no more than a run may."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from talentimg.service.run.night_valve import gone
from talentimg.service.run.valve import Valve, judged

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.errors import LossLimitExceeded
    from talentimg.repository.interface import Results
    from talentimg.repository.interface.wishes import Wishes


class DayValve(Valve):
    """Counts for one batch, and judges it with all that was counted on the same day (UTC), by anybody."""

    def __init__(self, wishes: Wishes, results: Results, now: Callable[[], datetime]) -> None:
        """A valve for one batch.

        Args:
            wishes: keeps what is counted.
            results: knows whose pictures are gone by the word of their platforms.
            now: the clock.
        """
        super().__init__()
        self._wishes = wishes
        self._results = results
        self._now = now

    def exceeded(self) -> LossLimitExceeded | None:
        """Why the demotions of this batch must not be made; they are counted if they may.

        Two who judge at once each see the losses of the other, so that together they never lose too many.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        day = f"{self._now():%Y-%m-%d}"
        at_stake = self.at_stake
        losses, shown = self._losses, self._shown
        self._losses, self._shown = Counter(), Counter()
        all_of_day = self._wishes.add_counts(
            day, {source: (shown[source], losses[source]) for source in shown}
        )
        error = judged(
            Counter({source: lost for source, (_, lost) in all_of_day.items()}),
            Counter({source: of for source, (of, _) in all_of_day.items()}),
            taken_by="in one day, as somebody has changed something",
        )
        if error is None and losses.total():
            error = gone(at_stake, self._results, self._now())
        if error is not None:
            self._wishes.add_counts(day, {source: (0, -lost) for source, lost in losses.items()})
        return error if losses.total() else None

    def settle(self) -> None:
        """Count what was shown and not lost, if nobody had to judge.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        if self._shown:
            self.exceeded()
