"""One talent with everything that a person may want to see of them: what is shown, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentimg.service.decision.explain import explain
from talentimg.service.decision.state import state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Picture, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.chain import Rules
    from talentimg.service.decision.due import Schedule
    from talentimg.service.decision.explain import Step
    from talentimg.service.decision.state import Standing


@dataclass(frozen=True, slots=True)
class Shown:
    """A talent, the picture that is shown if we hold a copy of it, how the talent stands, and the chain.

    Each step of the chain comes with the time at which its source is asked next.
    """

    record: TalentRecord
    picture: Picture | None
    standing: Standing
    chain: tuple[tuple[Step, datetime | None], ...]


class Showing:
    """Looks it up. No platform is asked, and nothing is written."""

    def __init__(
        self, repository: Repository, rules: Rules, schedule: Schedule, now: Callable[[], datetime]
    ) -> None:
        self._repository = repository
        self._rules = rules
        self._schedule = schedule
        self._now = now

    def show(self, talent_id: str) -> Shown:
        """Everything about one talent.

        Raises:
            TalentNotFound: there is no such talent.
        """
        record = self._repository.load(talent_id)
        content_hash = record.selection.content_hash
        picture = self._repository.picture(content_hash) if content_hash else None
        now, since = self._now(), self._schedule.looked_since()
        standing = state_of(record, self._rules, now, looked_since=since)
        chain = tuple(
            (step, self._schedule.next_check(record, step)) for step in explain(record, self._rules, now)
        )
        return Shown(record, picture, standing, chain)
