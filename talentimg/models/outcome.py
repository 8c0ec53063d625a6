"""What one sync did for one talent, what it met on the way, and what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from talentimg.models.reasons import ABSENCES

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.reasons import Reason, State


class OutcomeKind(StrEnum):
    """What a sync did for one talent, in the word that every surface uses."""

    UPDATED = "updated"
    """A new picture is shown."""
    UNCHANGED = "unchanged"
    """Looked, and what was shown is still right."""
    KEPT = "kept"
    """The source could not be asked; the good picture stays."""
    DEMOTED = "demoted"
    """What was shown is gone for certain; the chain moved down."""
    LOCKED = "locked"
    """A person locked the picture; no platform was asked."""
    OPTED_OUT = "opted_out"
    """The talent wants no picture; no platform was asked."""
    RECONNECT = "reconnect"
    """The person must connect an account again; what was shown stays."""
    FAILED = "failed"
    """No source could be asked, and there is no picture to keep."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One source in one sync: whether it was asked, and what it answered."""

    source: str
    state: State | None
    """None when the source was not asked."""
    reason: Reason | None = None
    detail: str | None = None
    asked: str | None = None
    tries: int = 0
    seconds: float = 0.0
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RetractedOutcome:
    """An outcome that was reported and is no longer true."""

    kind: OutcomeKind
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sync did for one talent."""

    talent_id: str
    name: str
    kind: OutcomeKind
    source: str
    """The source that is shown now."""
    previous_source: str
    reason: Reason | None = None
    detail: str | None = None
    url: str | None = None
    content_hash: str | None = None
    previous_hash: str | None = None
    """The content hash of what was shown before."""
    attempts: tuple[Attempt, ...] = ()
    seconds: float = 0.0
    instead_of: RetractedOutcome | None = None
    """The outcome reported earlier in the same run, which this one replaces."""

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look: a source could not be asked, or its picture not used.

        An absence that is not confirmed yet is `kept` and not trouble.
        """
        if self.kind is OutcomeKind.KEPT:
            return self.reason not in ABSENCES
        return self.kind in {OutcomeKind.FAILED, OutcomeKind.RECONNECT}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of what is shown for a talent."""

    talent_id: str
    at: datetime
    from_source: str
    from_hash: str | None
    to_source: str
    to_hash: str | None
    why: str
    by: str
    from_url: str | None = None
    """The address that the app was given for what was shown before."""
    from_question: str | None = None
    """The question that what was shown before answers, if it is known."""
    number: int = field(default=0, compare=False)
    """Its own among all changes of all talents, given by the store; a later one has a higher one."""


@dataclass(frozen=True, slots=True)
class Cooldown:
    """A platform, or one host of it, that is left alone until a time.

    `failures` counts how often in a row it was given up because it did not answer; it is 0
    where the platform asked for the pause itself.
    """

    platform: str
    until: datetime
    reason: Reason
    detail: str | None = None
    failures: int = 0
