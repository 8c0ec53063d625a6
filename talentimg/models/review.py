"""Pictures that a person is asked about before they are shown, and what was said of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.candidate import Candidate


class ReviewMode(StrEnum):
    """Which changes of what is shown wait for a person."""

    OFF = "off"
    SOURCE = "source"
    """A picture from another source than the shown one."""
    VISUAL = "visual"
    """A picture that looks different."""
    ALL = "all"
    """Any other bytes, and a picture where there was none."""


class ReviewState(StrEnum):
    """What became of a picture that waited."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """It is no longer on offer, so nobody is asked: no such row is kept."""


@dataclass(frozen=True, slots=True)
class Review:
    """A picture of one source of one talent that waits for a person, or on which one has decided.

    `source_hash` is that of the bytes, and what the decision is about; `content_hash` names our copy, and
    `likeness` tells what it looks like (see `models.likeness`).
    """

    talent_id: str
    source: str
    source_hash: str
    content_hash: str
    state: ReviewState
    proposed_at: datetime
    likeness: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    why: str | None = None

    @property
    def is_settled(self) -> bool:
        """Whether a person has decided."""
        return self.state in {ReviewState.APPROVED, ReviewState.REJECTED}

    @property
    def key(self) -> tuple[str, str]:
        """What it is about, for its talent."""
        return self.source, self.source_hash

    def is_of(self, candidate: Candidate) -> bool:
        """Whether it is about exactly the picture that a source offers."""
        return self.source_hash == bytes_of(candidate)


def bytes_of(candidate: Candidate) -> str | None:
    """The hash of the bytes that a source gave; that of our copy, if only this is known."""
    return candidate.source_hash or candidate.content_hash
