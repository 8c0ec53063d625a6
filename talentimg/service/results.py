"""What each step of a sync hands to the next, in the order of the steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from talentimg.models import Attempt, OutcomeKind, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Candidate, Outcome, Picture, RetractedOutcome, TalentRecord
    from talentimg.repository.interface import Change


@dataclass(frozen=True, slots=True)
class Known:
    """What a source offered before, and the row of our copy of it."""

    candidate: Candidate | None = None
    copy: Picture | None = None


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A good picture as we hold it now.

    `url` is where it came from, None if a person brought the bytes. `picture` is its row, and `likeness`
    tells what it looks like; None if this source has offered it before, or if that cannot be told.
    """

    content_hash: str
    source_hash: str
    url: str | None = None
    key: str | None = None
    url_expires_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    picture: Picture | None = None
    likeness: str | None = None


@dataclass(frozen=True, slots=True)
class SourceResult:
    """The result of asking one source: its candidate, the attempt, and the row of a new picture."""

    candidate: Candidate
    attempt: Attempt
    picture: Picture | None = None
    likeness: str | None = None
    """What the picture looks like, if this source has not offered it before."""
    handle: str | None = None
    """What the platform calls the account, if it says so."""


def as_answered(candidate: Candidate) -> SourceResult:
    """The result of asking a source, as far as its candidate tells."""
    said = Attempt(candidate.source, candidate.state, candidate.reason, candidate.detail)
    return SourceResult(candidate, said)


@dataclass(frozen=True, slots=True)
class LookResult:
    """What one look found: the record as it was loaded, and the same record with the new candidates.

    `is_internal_error` says that an internal error ended the look.
    """

    before: TalentRecord
    after: TalentRecord
    results: tuple[SourceResult, ...] = ()
    seconds: float = 0.0
    is_internal_error: bool = False


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What to write for one talent, and the outcome to report once it is written."""

    change: Change
    outcome: Outcome


def not_stored(outcome: Outcome, why: str) -> Outcome:
    """The outcome for a talent for whom the database refuses what was found: what was shown before stays."""
    return replace(
        outcome,
        kind=OutcomeKind.FAILED,
        source=outcome.previous_source,
        reason=Reason.STORAGE,
        detail=why,
        url=None,
        content_hash=None,
    )


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The result of writing a batch: outcomes that are now durable, and talents to look at again.

    `repeat` maps each of these talents to the outcome already reported for it in this run, if there was one.
    """

    outcomes: list[Outcome]
    repeat: dict[str, RetractedOutcome | None]
