"""When somebody is looked at again. The clock is handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import INITIALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from talentimg.models import TalentRecord
    from talentimg.service.decision.explain import Step

SLACK: Final = 1 / 24
"""Share of the least age by which a look may come early: a nightly run that starts a second sooner than last
night's must still find due what that one looked at."""


class Schedule:
    """The operator's rule about how often everybody is looked at."""

    def __init__(self, min_age: timedelta, now: Callable[[], datetime]) -> None:
        """A schedule.

        Args:
            min_age: after which a talent is due again.
            now: the clock.
        """
        self.min_age = min_age
        self._now = now

    def due_before(self, min_age: timedelta | None = None) -> datetime:
        """The time of the last look before which a talent is due.

        Args:
            min_age: in place of the operator's.
        """
        return self._now() - (self.min_age if min_age is None else min_age) * (1 - SLACK)

    def next_check(self, record: TalentRecord, step: Step) -> datetime | None:
        """When a source of the chain is asked next; None when nobody plans to.

        A source above or at what is shown is asked with every look at the talent.
        """
        if step.verdict is None or step.source == INITIALS:
            return None
        planned = step.candidate.next_due_at if step.candidate else None
        if record.selection.synced_at is None:
            return planned or self._now()
        regular = record.selection.synced_at + self.min_age
        return min(planned, regular) if planned else regular
