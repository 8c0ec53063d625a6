"""The totals of a roster run, counted as its outcomes come. Its size does not grow with the roster."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from talentimg.errors import BUG, SOME_FAILED, TryLater
from talentimg.models import (
    INITIALS,
    NEEDS_THE_PERSON,
    OutcomeKind,
    PlatformCount,
    Reason,
    SlowTalent,
    State,
)
from talentimg.service.run.outages import LEAST, OF_THE_PLATFORM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.models import Attempt, Outcome, RetractedOutcome
    from talentimg.service.lookup.allowance import Traffic

SLOWEST: Final = 10
MAX_TROUBLES: Final = 200
"""How many kinds of trouble are listed; any more are only counted in `troubled`."""
MAX_NOTES: Final = 200
MAX_RECONNECTS: Final = 200


@dataclass(slots=True)
class Trouble:
    """One kind of trouble with one source, with the name of one of the talents that had it."""

    source: str
    reason: Reason | None
    name: str
    detail: str
    talents: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of one account, although its picture is fine."""

    source: str
    name: str
    detail: str


@dataclass(slots=True)
class _Looks:
    found: int = 0
    absent: int = 0
    trouble: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    """Those that have nothing to do with who is asked for."""


class Tally:
    """Counts outcomes: each talent once, by its latest outcome."""

    def __init__(self) -> None:
        self.counts: Counter[OutcomeKind] = Counter()
        self.showing_initials = 0
        self.in_review = 0
        self.troubled = 0
        self.throttled = 0
        self.bugs = 0
        self._troubles: dict[tuple[str, Reason | None], Trouble] = {}
        self._shown: dict[str, Counter[OutcomeKind]] = defaultdict(Counter)
        self._looks: dict[str, _Looks] = defaultdict(_Looks)
        self._slowest: list[tuple[float, str, str]] = []
        self.notes: dict[tuple[str, str], Note] = {}
        """What a person should know of accounts, by talent and source; no more than `MAX_NOTES`."""
        self.reconnects: dict[tuple[str, str], str] = {}
        """Names of those who have to connect an account again, by talent and platform, the first of them."""

    @property
    def looked_at(self) -> int:
        """Talents looked at."""
        return self.counts.total()

    @property
    def troubles(self) -> list[Trouble]:
        """The kinds of trouble, the most frequent first."""
        return sorted(self._troubles.values(), key=lambda trouble: -trouble.talents)

    @property
    def unanswered(self) -> dict[str, tuple[int, Reason]]:
        """The sources that answered nobody: how many talents had trouble with each, and mostly which."""
        return {
            source: (looks.reasons.total(), looks.reasons.most_common(1)[0][0])
            for source, looks in self._looks.items()
            if not looks.found and not looks.absent and looks.reasons.total() >= LEAST
        }

    @property
    def slowest(self) -> tuple[SlowTalent, ...]:
        """The talents whose looks took longest, the slowest first."""
        ordered = sorted(self._slowest, reverse=True)
        return tuple(SlowTalent(talent_id, seconds, source) for seconds, talent_id, source in ordered)

    @property
    def exit_code(self) -> int:
        """0 all well, 1 internal error, 3 some failed or were kept, 75 all wait for their platforms."""
        if self.bugs:
            return BUG
        if not self.troubled:
            return 0
        throttled = self.throttled == self.troubled == self.looked_at
        return TryLater.exit_code if throttled else SOME_FAILED

    def add(self, outcome: Outcome) -> None:
        """Count an outcome, in place of the one that it retracts if there is one."""
        if outcome.instead_of is not None:
            self._retract(outcome.instead_of)
        self.counts[outcome.kind] += 1
        self._shown[outcome.source][outcome.kind] += 1
        self.showing_initials += outcome.source == INITIALS
        self.in_review += outcome.reason is Reason.REVIEW
        for attempt in outcome.attempts:
            if attempt.state is not None:
                looks = self._looks[attempt.source]
                looks.found += attempt.state is State.FOUND
                looks.absent += attempt.state is State.ABSENT
                looks.trouble += attempt.state is State.TROUBLE
                if attempt.state is State.TROUBLE and attempt.reason in OF_THE_PLATFORM:
                    looks.reasons[attempt.reason] += 1
                self._note(outcome, attempt)
                self._ask_to_reconnect(outcome, attempt)
        if outcome.is_trouble:
            self._add_trouble(outcome)
        if outcome.instead_of is not None:
            return
        slow = (outcome.seconds, outcome.talent_id, outcome.source)
        if len(self._slowest) < SLOWEST:
            heapq.heappush(self._slowest, slow)
        else:
            heapq.heappushpop(self._slowest, slow)

    def _note(self, outcome: Outcome, attempt: Attempt) -> None:
        key = outcome.talent_id, attempt.source
        if attempt.state is State.FOUND and attempt.detail and len(self.notes) < MAX_NOTES:
            self.notes[key] = Note(attempt.source, outcome.name, attempt.detail)

    def _ask_to_reconnect(self, outcome: Outcome, attempt: Attempt) -> None:
        """A refused token is worth telling whatever is shown, a missing one where it is the trouble."""
        is_trouble = outcome.kind is OutcomeKind.RECONNECT and attempt.reason in NEEDS_THE_PERSON
        if (is_trouble or attempt.reason is Reason.TOKEN) and len(self.reconnects) < MAX_RECONNECTS:
            self.reconnects[outcome.talent_id, attempt.source] = outcome.name

    def _retract(self, retracted: RetractedOutcome) -> None:
        """Uncount an outcome, unless another process reported it."""
        shown = self._shown[retracted.source]
        if self.counts[retracted.kind] and shown[retracted.kind]:
            self.counts[retracted.kind] -= 1
            shown[retracted.kind] -= 1

    def _add_trouble(self, outcome: Outcome) -> None:
        self.troubled += 1
        self.throttled += outcome.reason is Reason.THROTTLED
        self.bugs += outcome.reason is Reason.BUG
        with_it = (a.source for a in outcome.attempts if a.reason is outcome.reason)
        key = next(with_it, outcome.source), outcome.reason
        if key not in self._troubles and len(self._troubles) >= MAX_TROUBLES:
            return
        detail = outcome.detail or outcome.kind.value
        trouble = self._troubles.setdefault(key, Trouble(*key, outcome.name, detail))
        trouble.talents += 1

    def platforms(self, traffic: Mapping[str, Traffic]) -> dict[str, PlatformCount]:
        """The counts of each source.

        Args:
            traffic: the requests that were sent, by platform.
        """
        names = dict.fromkeys((*self._looks, *self._shown, *traffic))
        return {name: self._platform(name, traffic.get(name)) for name in names}

    def _platform(self, name: str, traffic: Traffic | None) -> PlatformCount:
        looks = self._looks.get(name, _Looks())
        return PlatformCount(
            outcomes={kind: number for kind, number in self._shown.get(name, {}).items() if number},
            found=looks.found,
            absent=looks.absent,
            trouble=looks.trouble,
            calls=traffic.calls if traffic else 0,
            received=traffic.received if traffic else 0,
            quota=traffic.quota if traffic else 0,
        )
