"""What happened, in the one order in which everybody is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.outcome import HistoryEntry
    from talentimg.models.run import Run


class FeedKind(StrEnum):
    """What happened, in the word that every surface uses."""

    PICTURE_CHANGED = "picture.changed"
    """Another picture is shown for a talent than before."""
    PICTURE_LOST = "picture.lost"
    """Initials are shown for a talent in place of a picture."""
    ACCOUNT_RECONNECT = "account.reconnect"
    """A talent has to connect an account again."""
    RUN_FINISHED = "run.finished"
    """A roster run has ended, however it did."""
    RUN_TRIPPED = "run.tripped"
    """The safety valve has held back what a run would have taken away."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """A talent has, or had, to connect an account again. `detail` is the sentence that says why."""

    talent_id: str
    platform: str
    since: datetime
    ended_at: datetime | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One thing that happened: a step of a history, an account to connect again, or a run that has ended.

    `number` is its place in the order: whatever is told later has a higher one.
    """

    number: int
    kind: FeedKind
    at: datetime
    talent_id: str | None = None
    step: HistoryEntry | None = None
    reconnect: Reconnect | None = None
    run: Run | None = None
