"""What the steps of a sync hand on to each other, in the order in which they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Attempt, Candidate, Outcome, Picture, RetractedOutcome, TalentRecord
    from talentimg.repository.interface import Change


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A good picture as we hold it now.

    `picture` is its new row, None if we had it already. `first_seen_at` is when it was first met, None if
    this source has offered it before.
    """

    content_hash: str
    source_hash: str
    url: str
    key: str | None = None
    url_expires_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    picture: Picture | None = None
    first_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceResult:
    """One look at one source: the candidate it leaves, the attempt it was, a new picture row."""

    candidate: Candidate
    attempt: Attempt
    picture: Picture | None = None
    first_seen_at: datetime | None = None
    """When the picture was first met, if the source has not offered it before."""


@dataclass(frozen=True, slots=True)
class LookResult:
    """What one look saw: the record as it was loaded, and the same with what was observed since.

    `is_internal_error` says that a mistake of ours ended the look.
    """

    before: TalentRecord
    after: TalentRecord
    results: tuple[SourceResult, ...] = ()
    seconds: float = 0.0
    is_internal_error: bool = False


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What is to be written for one talent, and what is said once it is."""

    change: Change
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What came of a batch: outcomes that are durable now, and who has to be looked at anew.

    The value of `repeat` is the outcome that was already reported for the talent in this run, if one was.
    """

    outcomes: list[Outcome]
    repeat: dict[str, RetractedOutcome | None]
