"""When a talent is next looked at. The clock is passed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import INITIALS, MANUAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from talentimg.models import TalentRecord
    from talentimg.service.decision.explain import Step

SLACK: Final = 1 / 24
"""How early a look may come, as a share of the minimum age: a nightly run that starts a second earlier than
last night's must still find the same talents due."""


class Schedule:
    """How often talents are looked at, as the operator has set it."""

    def __init__(self, min_age: timedelta, now: Callable[[], datetime]) -> None:
        """A schedule.

        Args:
            min_age: how long after a look a talent is due again.
            now: the clock.
        """
        self.min_age = min_age
        self._now = now

    def due_before(self, min_age: timedelta | None = None) -> datetime:
        """A talent is due if its last look was before this time.

        Args:
            min_age: overrides the operator's.
        """
        return self._now() - (self.min_age if min_age is None else min_age) * (1 - SLACK)

    def looked_since(self) -> datetime:
        """A last look before this time is older than the schedule asks: so a run was missed.

        A nightly run takes its time, and begins a little later than the night before, without being late.
        """
        return self._now() - self.min_age * (1 + SLACK)

    def next_check(self, record: TalentRecord, step: Step) -> datetime | None:
        """When a source of the chain is asked next; None if that is not planned.

        The source that is shown, and those above it, are asked with every look at the talent.
        """
        if step.verdict is None or step.source in {INITIALS, MANUAL}:
            return None
        planned = step.candidate.next_due_at if step.candidate else None
        if record.selection.synced_at is None:
            return planned or self._now()
        regular = record.selection.synced_at + self.min_age
        return min(planned, regular) if planned else regular
