"""Roster runs, as `talentimg.shapes` tells them."""

from datetime import datetime

from pydantic import Field

from talentimg.models import OutcomeKind, Reason, RunState
from talentimg.web.api.schemas.base import Given, Told


class PlatformCount(Told):
    """What a run came to at one source."""

    outcomes: dict[OutcomeKind, int] = Field(description="Of the talents who show this source now.")
    found: int
    absent: int
    trouble: int
    calls: int
    received: int = Field(description="Bytes.")
    quota: int = Field(description="In the platform's own units.")


class SlowTalent(Told):
    """Somebody whose look took long."""

    talent_id: str
    seconds: float
    source: str


class Outage(Told):
    """A platform that answered nobody in a whole run."""

    source: str
    talents: int
    since: datetime = Field(description="When the first of the runs in a row began that had no answer.")
    reason: Reason | None = Field(None, description="Mostly why.")


class Freshness(Told):
    """How long ago the roster was looked at, of those who can be asked; each counted up to 10,000."""

    fresh: int = Field(description="Within a day.")
    stale: int
    oldest: datetime | None = None


class Run(Told):
    """One roster run, by one process."""

    id: str = Field(examples=["20261129-020000-4a03"])
    state: RunState
    exit_code: int | None = None
    note: str | None = Field(None, description="Why it ended early.")
    started_at: datetime
    ended_at: datetime | None = None
    written_at: datetime | None = Field(None, description="When it last wrote of itself.")
    by: str | None = Field(None, description="Who started it.")
    host: str
    pid: int
    joined: bool = Field(description="Whether it shared the work of another run.")
    part_of: str | None = Field(None, description="The id of that run.")
    total: int | None = Field(None, description="How many talents it was to look at, up to 10,000.")
    looked_at: int
    in_progress: int
    outcomes: dict[OutcomeKind, int]
    showing_initials: int
    in_review: int
    platforms: dict[str, PlatformCount]
    slowest: list[SlowTalent]
    still_due: int | None = None
    claimed_elsewhere: int
    claimed_by: list[str]
    claimed_until: datetime | None = None
    next_due_at: datetime | None = None
    stop_requested_by: str | None = None
    stop_requested_at: datetime | None = None
    freshness: Freshness | None = Field(None, description="At its end.")
    outages: list[Outage]
    troubled: int = Field(description="Talents somebody should look at.")
    new_pictures: int
    revision: int


class Participant(Told):
    """Somebody's share of a run."""

    run: str = Field(description="The id of its own record.")
    host: str
    pid: int
    by: str | None = None
    state: RunState
    looked_at: int
    in_progress: int


class Progress(Told):
    """How far a run has come, counted over all who take part."""

    run: str
    revision: int = Field(description="Grows with each state; the id of the event.")
    state: RunState
    started_at: datetime
    written_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    note: str | None = None
    total: int | None = Field(None, description="As whoever counted most has counted them.")
    looked_at: int
    in_progress: int
    outcomes: dict[OutcomeKind, int]
    rate: float | None = Field(None, description="Talents in a second, since it began.")
    seconds_left: float | None = Field(None, description="At that rate; null where nobody knows.")
    stop_requested_by: str | None = None
    stop_requested_at: datetime | None = None
    participants: list[Participant] = Field(description="The run itself first.")


class ShownRun(Run):
    """One roster run, with how far it has come."""

    progress: Progress


class RunPage(Told):
    """Some runs, the newest first."""

    runs: list[Run]
    next: str | None = Field(None, description="Give it as `before` for the next page; null after the last.")


class RunToStart(Given):
    """What a run is asked to do; without a word, what `talentimg sync-all` does."""

    force: bool = Field(
        default=False, description="Take talents who are not due as well, and fetch all pictures again."
    )
    limit: int | None = Field(
        default=None, ge=1, le=10_000_000, description="The most talents; by default 200."
    )
    all: bool = Field(default=False, description="Take everybody who is due, without a limit.")
