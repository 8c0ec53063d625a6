"""This machine's clock, against the database's and against those of platforms."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.service.doctor.interface import Check, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from talentimg.repository.interface import Soundness
    from talentimg.service.doctor.interface import Look
    from talentimg.service.doctor.reach import Reached

ENOUGH: Final = timedelta(minutes=2)
"""Clocks that differ by more are wrong: leases, tokens and cool-downs go by them. S3 refuses a quarter of an
hour."""
_SET_IT: Final = "Set the clock of the one that is wrong; NTP keeps it right (timedatectl set-ntp true)."


class ClockCheck(Check):
    """Compares clocks. A file has none of its own, so that platforms have to tell."""

    name: ClassVar = "clock"
    title: ClassVar = "Clock"
    seconds: ClassVar = 60.0
    needs: ClassVar = ("store",)

    def __init__(
        self,
        repository: Callable[[], Soundness],
        reach: Callable[[], Sequence[Reached]],
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._reach = reach
        self._now = now

    def look(self, look: Look) -> Iterator[Finding]:
        """How far it differs from each of them."""
        del look
        compared = [
            ("the database's", self._of_the_database()),
            ("the platforms'", self._of_platforms()),
        ]
        told = [(whose, ahead) for whose, ahead in compared if ahead is not None]
        wrong = _as_one([(whose, ahead) for whose, ahead in told if abs(ahead) > ENOUGH])
        for whose, ahead in wrong:
            way = "ahead of" if ahead > timedelta(0) else "behind"
            what = f"This machine's clock is {_span(abs(ahead))} {way} {whose}."
            yield Finding(what, Severity.NEEDS_YOU, _SET_IT)
        if not told:
            yield Finding("There is no other clock to compare with.", Severity.SKIPPED)
        elif not wrong:
            yield Finding(f"This machine's clock agrees with {' and '.join(whose for whose, _ in told)}.")

    def _of_the_database(self) -> timedelta | None:
        before = self._now()
        theirs = self._repository().database_time()
        return None if theirs is None else before + (self._now() - before) / 2 - theirs

    def _of_platforms(self) -> timedelta | None:
        """By the one in the middle, so that one server's own wrong clock says nothing of ours."""
        skews = [one.skew.total_seconds() for one in self._reach() if one.skew is not None]
        return timedelta(seconds=-median(skews)) if skews else None


def _as_one(wrong: list[tuple[str, timedelta]]) -> list[tuple[str, timedelta]]:
    """Others that agree with each other differ from us for one reason: that is one finding."""
    skews = [ahead for _, ahead in wrong]
    if len(wrong) > 1 and max(skews) - min(skews) <= ENOUGH:
        return [(" and ".join(whose for whose, _ in wrong), skews[0])]
    return wrong


def _span(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:  # noqa: PLR2004  two hours
        return f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"  # noqa: PLR2004  two days
