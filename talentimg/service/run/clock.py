"""Whose turn the night is: once at its time, over all workers, decided by the runs that are on record.

All of it is in UTC, so that no zone of a machine and no summer time moves anything. A night that all have
missed is caught up once, however many were missed.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from talentimg.models import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from talentimg.models import Run
    from talentimg.service.run.records import RunRecords

BY_SCHEDULE: Final = "the schedule"
"""Who the record of such a run names."""
NEVER: Final = "never"
"""The setting of whoever has the nights begun by somebody else."""
AHEAD: Final = timedelta(hours=1)
"""A run that began further ahead than this was recorded by a clock that was wrong, and counts as none."""
SILENT: Final = timedelta(minutes=10)
"""A run that has not written of itself for so long has died, or is told so by the lock."""
FIRST_PAUSE: Final = timedelta(minutes=5)
LONGEST_PAUSE: Final = timedelta(hours=2)
"""After a run that failed, before it is tried again: twice as long each time, up to this."""


def time_of(setting: str) -> time | None:
    """The time of the night as the settings say it, such as `02:00`; None for never."""
    if setting == NEVER:
        return None
    hour, _, minute = setting.partition(":")
    return time(int(hour), int(minute))


def night_before(now: datetime, at: time) -> datetime:
    """When the latest night was to begin."""
    now = now.astimezone(UTC)
    today = datetime.combine(now.date(), at, UTC)
    return today if today <= now else today - timedelta(days=1)


def delay_of(night: datetime, spread: timedelta, roster: str) -> timedelta:
    """How long after its time a night begins: drawn anew for each, and the same for all workers of a roster.

    So not all rosters of the world ask the platforms at the same second.
    """
    drawn = sha256(f"{night:%Y-%m-%d} {roster}".encode()).digest()[:4]
    return spread * (int.from_bytes(drawn) / 2**32)


def is_due(runs: Iterable[Run], now: datetime, *, limit: int) -> bool:
    """Whether a night has still to be done.

    Args:
        runs: those that began since it was to begin, in any order, without those who joined another.
        now: the time.
        limit: how many talents a night takes at most.
    """
    counted = [run for run in runs if run.started_at <= now + AHEAD]
    if any(_does(run, now, limit) for run in counted):
        return False
    failed = [run for run in counted if run.state is RunState.FAILED]
    if not failed:
        return True
    latest = max(run.ended_at or run.started_at for run in failed)
    doubled: int = 2 ** min(len(failed) - 1, 10)
    return now >= latest + min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _does(run: Run, now: datetime, limit: int) -> bool:
    """Whether a run does the work of a night, or a person has stopped it."""
    if run.state is RunState.RUNNING:  # of another machine nobody may have written yet that it died
        return now - (run.written_at or run.started_at) < SILENT
    if run.state is RunState.STOPPED:  # by the end of its process it is only interrupted
        return run.stop_requested_by is not None
    if run.state in {RunState.FAILED, RunState.DIED}:
        return False
    return run.by == BY_SCHEDULE or not run.still_due or run.looked_at >= limit


def left_behind(runs: Iterable[Run], now: datetime, silent: timedelta = SILENT) -> bool:
    """Whether a night that is done has left somebody behind: whom one had claimed who took part, and died.

    Whoever began it may have ended before. What is claimed runs out, and then another run takes it up.

    Args:
        runs: all that began since the night was to begin, with those who joined another.
        now: the time.
        silent: who has not written for so long has died, and what was claimed has run out.
    """
    known = list(runs)
    latest = max((run for run in known if not run.joined), key=lambda run: run.started_at, default=None)
    if latest is None or latest.state is not RunState.DONE:
        return False
    ends = [
        run.ended_at or run.written_at or run.started_at for run in known if _left_early(run, now, silent)
    ]
    return any(end >= latest.started_at for end in ends)


def _left_early(run: Run, now: datetime, silent: timedelta) -> bool:
    if not run.joined or run.stop_requested_by:
        return False
    if run.state is RunState.RUNNING:
        return now - (run.written_at or run.started_at) >= silent
    return run.state in {RunState.STOPPED, RunState.FAILED, RunState.DIED}


class NightClock:
    """Says when a night is due."""

    def __init__(
        self,
        runs: RunRecords,
        at: time | None,
        now: Callable[[], datetime],
        *,
        limit: int,
        lease: timedelta = SILENT,
        spread: timedelta = timedelta(0),
        roster: str = "",
    ) -> None:
        """A clock.

        Args:
            runs: the records.
            at: when nights begin, in UTC; None for never.
            now: the time.
            limit: how many talents a night takes at most.
            lease: how long a claim on a talent lasts that nobody renews.
            spread: within which time after `at` a night begins, by lot.
            roster: tells it from others, whose nights begin at other moments.
        """
        self._runs = runs
        self._at = at
        self._now = now
        self._limit = limit
        self._lease = lease
        self._spread = spread
        self._roster = roster

    def is_due(self) -> bool:
        """Whether there is a night that nobody has done.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        if self._at is None:
            return False
        now = self._now()
        runs = self._runs.since(self._night(self._at), joined=True)
        if not self._left(runs):
            return False
        begun = [run for run in runs if not run.joined]
        return is_due(begun, now, limit=self._limit) or left_behind(runs, now, max(SILENT, self._lease))

    def left(self) -> int:
        """How many talents tonight's runs may still look at, over all parts of the night so far.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        if self._at is None:
            return 0
        return self._left(self._runs.since(self._night(self._at), joined=True))

    def _left(self, runs: Iterable[Run]) -> int:
        now = self._now()
        known = (run for run in runs if run.by == BY_SCHEDULE and run.started_at <= now + AHEAD)
        return max(0, self._limit - sum(run.looked_at for run in known))

    def to_join(self) -> str | None:
        """The id of the night's run that another process is at, while there may be more to do in it.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        if self._at is None:
            return None
        now = self._now()
        for run in self._runs.since(self._night(self._at)):
            is_at_work = run.state is RunState.RUNNING and not run.has_looked and run.total
            if is_at_work and run.by == BY_SCHEDULE and now - (run.written_at or run.started_at) < SILENT:
                return run.id
        return None

    def next(self) -> datetime | None:
        """When the next night is to begin; None for never."""
        if self._at is None:
            return None
        night = self._night(self._at) + timedelta(days=1)
        return night + self._delay(night)

    def _night(self, at: time) -> datetime:
        """The latest night that has begun, by the time before its delay: what was done meanwhile counts."""
        now = self._now()
        night = night_before(now, at)
        return night if now >= night + self._delay(night) else night - timedelta(days=1)

    def _delay(self, night: datetime) -> timedelta:
        return delay_of(night, self._spread, self._roster)
