"""The last night, and whether the schedule really ran."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models import RunState
from talentimg.service.doctor.interface import Check, Finding, Severity
from talentimg.service.run.clock import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from talentimg.models import Run
    from talentimg.repository.interface import Results
    from talentimg.service.doctor.interface import Look
    from talentimg.service.run.records import RunRecords

A_NIGHT: Final = timedelta(hours=26)
"""A night that begins each day at the same time, a little late, has begun within this."""
_SCHEDULE: Final = (
    "Does a crontab, a timer or a worker begin it? Is the machine on then? talentimg runs lists them."
)
_AHEAD: Final = Finding("All runs on record are later than it is by this machine's clock.", Severity.SKIPPED)
_ENDED: Final = {
    RunState.FAILED: "It ended early by an error.",
    RunState.DIED: "It ended without reporting: killed, or the machine went down.",
    RunState.VALVE: "The safety valve held pictures back.",
}


class RunsCheck(Check):
    """Judges the latest run that was no part of another one."""

    name: ClassVar = "runs"
    title: ClassVar = "Last run"
    needs: ClassVar = ("store",)

    def __init__(
        self,
        runs: Callable[[], RunRecords],
        repository: Callable[[], Results],
        now: Callable[[], datetime],
        *,
        spread: timedelta = timedelta(0),
    ) -> None:
        """Checks the records.

        Args:
            runs: the records.
            repository: tells whether anybody is due.
            now: the time.
            spread: within which time after theirs nights begin.
        """
        self._longest = A_NIGHT + spread
        self._runs = runs
        self._repository = repository
        self._now = now

    def look(self, look: Look) -> Iterator[Finding]:
        """How the latest run ended, and whether one was missed."""
        del look
        known = [one for one in self._runs().latest(limit=50) if one.part_of is None]
        # One by a clock that was ahead would hide every missed night until then.
        run = next((one for one in known if one.started_at <= self._now() + AHEAD), None)
        if run is None:
            yield _AHEAD if known else self._never()
            return
        is_late = self._now() - run.started_at > self._longest and run.state is not RunState.RUNNING
        if is_late and self._repository().freshness(self._now(), at_most=1).stale:
            what = f"No run began since {_moment(run)}, although talents are due."
            yield Finding(what, Severity.NEEDS_YOU, _SCHEDULE)
        yield _finding(run)

    def _never(self) -> Finding:
        if self._repository().freshness(self._now(), at_most=1).everybody:
            return Finding("There was no run yet.", Severity.NOTE, "Begin one: talentimg sync-all")
        return Finding("There was no run yet, and there is nobody to look at.", Severity.SKIPPED)


def _finding(run: Run) -> Finding:
    what = f"The latest began on {_moment(run)}"
    if run.state in _ENDED:
        more = run.note or _ENDED[run.state]
        return Finding(f"{what}. {more}", Severity.NEEDS_YOU, f"talentimg runs {run.id} tells more.")
    if run.state is RunState.RUNNING:
        return Finding(f"{what} and is at work.")
    if run.state is RunState.STOPPED:
        return Finding(f"{what} and was stopped.", Severity.NOTE, "The next one goes on where it stopped.")
    return Finding(f"{what} and looked at {run.looked_at:,}; it ended with {run.exit_code}.")


def _moment(run: Run) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M} UTC"
