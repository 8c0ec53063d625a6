"""Which workers live, what each does, and how wishes and nights stand."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.models import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from talentimg.models import Run, WishCount
    from talentimg.repository.interface.working import Working
    from talentimg.service.run.clock import NightClock
    from talentimg.service.run.records import RunRecords

BEAT_S: Final = 10.0
"""Seconds between two signs of life."""
LIVES_FOR: Final = timedelta(seconds=60)
"""A worker that was not seen for so long is away."""


@dataclass(frozen=True, slots=True)
class WorkStatus:
    """How the work stands: who lives, what waits, and the nights.

    `is_told` says whether the store notes what the app changes, or workers compare. `is_night_due` is whether
    a night waits for somebody, `next_night` when the next one begins, None for never.
    """

    workers: Sequence[Worker]
    wishes: WishCount
    is_told: bool
    is_night_due: bool
    next_night: datetime | None
    latest_run: Run | None


class Living:
    """Keeps that this worker lives, and tells of all."""

    def __init__(
        self, working: Working, runs: RunRecords, clock: NightClock, now: Callable[[], datetime]
    ) -> None:
        """All that it needs.

        Args:
            working: where it is kept.
            runs: the records of runs.
            clock: says when nights begin.
            now: the time.
        """
        self._working = working
        self._runs = runs
        self._clock = clock
        self._now = now
        started = now()
        host = os.uname().nodename
        self._me = Worker(
            f"{host}:{os.getpid()}:{os.urandom(3).hex()}", host, os.getpid(), started, started, ""
        )

    def beat(self, doing: str, looked_at: int, *, listens: bool) -> None:
        """Keep that this worker lives, and what it is at.

        Args:
            doing: a few words.
            looked_at: how many talents it has looked at because of wishes.
            listens: whether it wants to be notified of them.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        now = self._now()
        until = now + LIVES_FOR if listens else None
        self._working.beat(
            replace(self._me, seen_at=now, doing=doing, looked_at=looked_at, listens_until=until)
        )

    def leave(self) -> None:
        """Forget this worker.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        self._working.leave(self._me.id)

    def workers(self) -> list[Worker]:
        """Those who live, in the order of their start."""
        return self._working.workers(self._now() - LIVES_FOR)

    def status(self) -> WorkStatus:
        """How the work stands."""
        return WorkStatus(
            workers=self.workers(),
            wishes=self._working.count(self._now()),
            is_told=self._working.is_told(),
            is_night_due=self._clock.is_due(),
            next_night=self._clock.next(),
            latest_run=next(iter(self._runs.latest(limit=1)), None),
        )
