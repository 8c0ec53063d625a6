"""How fresh the roster is: the oldest look, and the share within a day."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models.run import MOST_COUNTED
from talentimg.service.doctor.interface import Check, Finding, Severity, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from talentimg.repository.interface import Repository
    from talentimg.service.doctor.interface import Look

A_DAY: Final = timedelta(days=1)
MISSED: Final = 2
"""So many nights may be missed before it is worth a person's while."""


class FreshnessCheck(Check):
    """Judges the oldest look by how many nights the roster takes."""

    name: ClassVar = "freshness"
    title: ClassVar = "Freshness"
    needs: ClassVar = ("store",)

    def __init__(
        self,
        repository: Callable[[], Repository],
        now: Callable[[], datetime],
        *,
        limit: int,
        min_age: timedelta,
    ) -> None:
        """Checks a roster.

        Args:
            repository: opens it.
            now: the time.
            limit: how many talents a night takes at most.
            min_age: how long after a look the next one is due.
        """
        self._repository = repository
        self._now = now
        self._limit = limit
        self._min_age = min_age

    def look(self, look: Look) -> Iterator[Finding]:
        """How many were looked at within a day, and when the oldest look was."""
        del look
        repository, now = self._repository(), self._now()
        found = repository.freshness(now, at_most=MOST_COUNTED)
        if not found.everybody:
            yield Finding("Nobody on the roster has an account to look at.", Severity.SKIPPED)
            return
        least = "at least " if max(found.fresh, found.stale) >= MOST_COUNTED else ""
        everybody = counted(found.everybody, "talent was", "talents were")
        what = f"{least}{found.fresh:,} of {everybody} looked at within a day"
        if found.oldest is None:
            yield Finding(
                "By this machine's clock nobody was looked at yet.",
                Severity.NOTE,
                "Take the first look: talentimg sync-all",
            )
            return
        told = f"{what}; the oldest look was on {found.oldest:%Y-%m-%d}."
        nights = ceil(repository.count() / self._limit)
        if found.oldest < now - max(self._min_age, A_DAY * nights) - MISSED * A_DAY:
            due = counted(nights, "night takes", "nights take")
            remedy = f"{due} everybody by sync.limit: does the night really run? Or raise sync.limit."
            yield Finding(told, Severity.NEEDS_YOU, remedy)
        else:
            yield Finding(told)
