"""What the nights came to, day by day: how often platforms answered, and how fresh the roster was. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from talentimg.models import Freshness, Run

WEEK: Final = 7
"""Nights over which the success of a platform is told."""
MOST_RUNS: Final = 500
"""No more runs are read for it."""


@dataclass(frozen=True, slots=True)
class PlatformNight:
    """A day (UTC) of a platform: how many looks at it there were, and how many of them it answered.

    That there is no picture, or no such account, is an answer.
    """

    day: date
    asked: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class FreshNight:
    """A day (UTC), with how fresh the roster was at the end of its last run; None if no run has counted."""

    day: date
    freshness: Freshness | None
    run: Run | None


def first_of(now: datetime, nights: int) -> datetime:
    """When the first of so many days began, the last of which is today."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=nights - 1)


def success_of(
    platform: str, runs: Iterable[Run], now: datetime, nights: int = WEEK
) -> tuple[PlatformNight, ...]:
    """The latest days of a platform, the oldest first, those included on which nobody asked."""
    asked: dict[date, list[int]] = {day: [0, 0] for day in _days(now, nights)}
    for run in runs:
        count, day = run.platforms.get(platform), run.started_at.astimezone(UTC).date()
        if count is not None and day in asked:
            answered = count.found + count.absent
            asked[day][0] += answered + count.trouble
            asked[day][1] += answered
    return tuple(PlatformNight(day, *numbers) for day, numbers in asked.items())


def rate_of(nights: Iterable[PlatformNight]) -> float | None:
    """The share of looks that were answered, from 0 to 1; None if there were none."""
    told = list(nights)
    asked = sum(night.asked for night in told)
    return sum(night.answered for night in told) / asked if asked else None


def freshness_of(runs: Sequence[Run], now: datetime, nights: int) -> tuple[FreshNight, ...]:
    """How fresh the roster was on the latest days, the oldest first.

    Args:
        runs: the latest first.
        now: says which day is the last.
        nights: how many days.
    """
    last: dict[date, Run] = {}
    for run in runs:
        if run.freshness is not None:
            last.setdefault(run.started_at.astimezone(UTC).date(), run)
    found = ((day, last.get(day)) for day in _days(now, nights))
    return tuple(FreshNight(day, run.freshness if run else None, run) for day, run in found)


def _days(now: datetime, nights: int) -> list[date]:
    first = first_of(now, nights).date()
    return [first + timedelta(days=number) for number in range(nights)]
