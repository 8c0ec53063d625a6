"""The records of roster runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from talentimg.models.outcome import OutcomeKind
    from talentimg.models.reasons import Reason

MOST_COUNTED: Final = 10_000
"""Those who are due are counted up to this, as the cost of a run must not follow the roster's size. So it may
stand for more."""


ANY_SOURCE: Final = "*"
"""The source of a `Suspect` that is refused wherever it comes from."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A placeholder: too many people of one platform have it, or a person named it. So is what looks like it.

    `source_hash` is the SHA-256 (hex) of the bytes as the platform gave them. Once a person has said that
    it is a real picture, `allowed_by` and `allowed_at` say who and when.
    """

    source: str
    source_hash: str
    content_hash: str
    since: datetime
    talents: int
    allowed_by: str | None = None
    allowed_at: datetime | None = None
    likeness: str | None = None
    """What it looks like, as that of a `Picture`."""
    named_by: str | None = None
    """The person who said that it is a placeholder, wherever it comes from; None: talentimg found it out."""
    name: str | None = None
    """What they call it."""

    @property
    def is_allowed(self) -> bool:
        """Whether a person has confirmed that it is real."""
        return self.allowed_at is not None


class RunState(StrEnum):
    """How a roster run ended, if it has."""

    RUNNING = "running"
    DONE = "done"
    VALVE = "valve"
    """The safety valve held demotions back."""
    STOPPED = "stopped"
    """A signal or a person ended it early."""
    FAILED = "failed"
    """An error ended it early."""
    DIED = "died"
    """It ended without reporting: killed, or the machine went down."""


@dataclass(frozen=True, slots=True)
class PlatformCount:
    """The counts of one run for one source.

    `outcomes` are those of the talents who show this source now. `found`, `absent` and `trouble` count
    looks at it, `calls` the requests that were sent, `received` the bytes that came back.
    `quota` is how much of the daily quota was used, in the platform's own units.
    """

    outcomes: Mapping[OutcomeKind, int] = field(default_factory=dict)
    found: int = 0
    absent: int = 0
    trouble: int = 0
    calls: int = 0
    received: int = 0
    quota: int = 0


@dataclass(frozen=True, slots=True)
class SlowTalent:
    """A talent whose look took a long time."""

    talent_id: str
    seconds: float
    source: str


@dataclass(frozen=True, slots=True)
class RunTalent:
    """A talent of whom a run has something to tell: there was trouble, or something else is shown since.

    `source` is the one that had the trouble, else the one that is shown since. The hashes are those of the
    pictures that are shown since and were shown before; None for initials.
    """

    talent_id: str
    kind: OutcomeKind
    source: str
    previous_source: str
    reason: Reason | None = None
    detail: str | None = None
    content_hash: str | None = None
    previous_hash: str | None = None

    @property
    def has_new_picture(self) -> bool:
        """Whether another picture is shown since."""
        return self.content_hash is not None and self.content_hash != self.previous_hash

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look."""
        return self.kind.value in {"failed", "reconnect", "kept", "demoted"}


@dataclass(frozen=True, slots=True)
class Outage:
    """A platform that answered nobody in a whole run.

    `since` is when the first of the runs began that have had no answer from it, one after the other.
    """

    source: str
    talents: int
    since: datetime
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long ago the roster was looked at: `fresh` within a day, `stale` before that or never.

    Each is counted up to `MOST_COUNTED`. `oldest` is the oldest look that there was.
    """

    fresh: int
    stale: int
    oldest: datetime | None = None

    @property
    def everybody(self) -> int:
        """All who were counted."""
        return self.fresh + self.stale


@dataclass(frozen=True, slots=True)
class Run:
    """One roster run: where and when it ran, and its results."""

    id: str
    started_at: datetime
    host: str
    pid: int
    joined: bool = False
    """Whether it shared the work of another run, which held the lock."""
    state: RunState = RunState.RUNNING
    ended_at: datetime | None = None
    exit_code: int | None = None
    outcomes: Mapping[OutcomeKind, int] = field(default_factory=dict)
    showing_initials: int = 0
    platforms: Mapping[str, PlatformCount] = field(default_factory=dict)
    slowest: tuple[SlowTalent, ...] = ()
    still_due: int | None = None
    """How many talents were due at its end, counted up to `MOST_COUNTED`."""
    claimed_elsewhere: int = 0
    """How many talents other processes were working on at its end: they do not count as due."""
    claimed_by: tuple[str, ...] = ()
    """These processes, as "PID on HOST"."""
    claimed_until: datetime | None = None
    """When the last of their claims runs out, unless they renew it."""
    next_due_at: datetime | None = None
    """When the next talent will be due, of those who are not due now."""
    note: str | None = None
    """One plain sentence on why it ended early."""
    in_review: int = 0
    """How many of those looked at have a picture that waits for a person's word."""
    by: str | None = None
    """Who started it; None if nobody has said."""
    total: int | None = None
    """How many talents it was to look at, counted up to `MOST_COUNTED`; None until that is counted."""
    in_progress: int = 0
    """How many talents it was looking at when it last wrote, whose results were not stored yet."""
    part_of: str | None = None
    """The id of the run whose work it shared; None if it shared none, or that one was not known."""
    written_at: datetime | None = None
    """When it last wrote of itself, as it does a few times a minute at least."""
    stop_requested_by: str | None = None
    """Who asked it to stop; None if nobody has. Only `RunLog.request_stop` writes this."""
    stop_requested_at: datetime | None = None
    freshness: Freshness | None = None
    """How fresh the roster was at its end; None if nobody has counted."""
    outages: tuple[Outage, ...] = ()
    """The platforms that answered nobody."""
    troubled: int = 0
    """How many talents somebody should look at, those included of whom it tells no more than that."""
    new_pictures: int = 0
    """How many show another picture than before."""
    at_stake: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By source, how many of those looked at showed a picture of it, and how many of these would lose it.

    The safety valve adds them up over all who share a night. What a person has allowed is not lost.
    """
    has_looked: bool = False
    """Whether it has looked at everybody, so that no more will be at stake."""
    revision: int = field(default=0, compare=False)
    """Grows with each write of its record, whoever writes."""

    @property
    def looked_at(self) -> int:
        """How many talents were looked at: the sum of the outcomes."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class StopRequest:
    """Somebody asked a run to stop: it starts no more talents, and finishes those in progress."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run has come, by itself and with those who share its work.

    `taking_part` are the run itself, which comes first, and those who have joined it.
    """

    taking_part: tuple[Run, ...]

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.taking_part[0]

    @property
    def revision(self) -> int:
        """Grows with each write of any of them."""
        return sum(run.revision for run in self.taking_part)

    @property
    def state(self) -> RunState:
        """How the run ended, or that somebody is still at work."""
        at_work = any(run.state is RunState.RUNNING for run in self.taking_part)
        return RunState.RUNNING if at_work else self.run.state

    @property
    def is_over(self) -> bool:
        """Whether nobody works on it any more."""
        return self.state is not RunState.RUNNING

    @property
    def outcomes(self) -> dict[OutcomeKind, int]:
        """How many talents had each outcome so far; all of them once one is known."""
        added: dict[OutcomeKind, int] = {}
        for run in self.taking_part:
            for kind, number in run.outcomes.items():
                added[kind] = added.get(kind, 0) + number
        return added

    @property
    def looked_at(self) -> int:
        """How many talents were looked at so far."""
        return sum(run.looked_at for run in self.taking_part)

    @property
    def in_progress(self) -> int:
        """How many are being looked at."""
        return sum(run.in_progress for run in self.taking_part if run.state is RunState.RUNNING)

    @property
    def total(self) -> int | None:
        """How many talents it will be: as many as any of them has counted, or more if more are known by now.

        None until that is counted. `MOST_COUNTED` may stand for more.
        """
        counted = [run.total for run in self.taking_part if run.total is not None]
        return max(*counted, self.looked_at + self.in_progress) if counted else None

    @property
    def written_at(self) -> datetime | None:
        """When any of them last wrote of itself."""
        return max((run.written_at for run in self.taking_part if run.written_at), default=None)

    @property
    def rate(self) -> float | None:
        """Talents in a second, since it began; None before there is a time to speak of."""
        if self.written_at is None:
            return None
        seconds = (self.written_at - self.run.started_at).total_seconds()
        return self.looked_at / seconds if seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """How long it still takes at that rate; None where nobody knows, and when it is over."""
        if self.is_over or not self.rate or self.total is None or self.total >= MOST_COUNTED:
            return None
        return (self.total - self.looked_at) / self.rate

    @property
    def stop_request(self) -> StopRequest | None:
        """Who asked it to stop first, and when; None if nobody has."""
        asked = (
            StopRequest(run.stop_requested_by or "", run.stop_requested_at)
            for run in self.taking_part
            if run.stop_requested_at is not None
        )
        return min(asked, key=lambda request: request.at, default=None)
