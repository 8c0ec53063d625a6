"""Which pictures wait for a person, and which one has rejected. Pure functions, no I/O.

A rejected picture is none, for its talent and whoever offers it, and so is what looks like it. What waits is
compared with what is shown:

- `source`: a picture from another source waits, unless nothing was shown, or what a person chose and
  no longer does.
- `visual`: a picture that looks different waits, whatever its source, unless there is nothing to compare it
  with: nothing was shown, or what an older program chose, of which we have no copy, from the same source.
- `all`: whatever has other bytes waits, the first picture too.

Losses never wait, and an approved picture is shown without asking again. One that waits already goes on
waiting, whatever comes to be shown meanwhile or stops being shown, for as long as it is on offer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import MANUAL
from talentimg.models.likeness import alike, looks_the_same
from talentimg.models.review import ReviewMode, ReviewState

if TYPE_CHECKING:
    from talentimg.models import Candidate, Review, Selection, TalentRecord


def is_rejected(record: TalentRecord, content_hash: str | None, source_hash: str | None = None) -> bool:
    """Whether a person has rejected this picture of the talent, or one that looks like it."""
    looks = record.likenesses.get(content_hash or "")
    return rejection(record, content_hash, source_hash, looks) is not None


def rejection(
    record: TalentRecord, content_hash: str | None, source_hash: str | None, looks: str | None
) -> Review | None:
    """A person's word against this picture of the talent, or against one that looks like it; None if none.

    Args:
        record: the talent.
        content_hash: the name of our copy.
        source_hash: the hash of the bytes that it was made of.
        looks: what it looks like.
    """
    return next(
        (
            one
            for one in record.reviews
            if one.state is ReviewState.REJECTED
            and (
                content_hash == one.content_hash
                or source_hash == one.source_hash
                or alike(looks, one.likeness)
            )
        ),
        None,
    )


def must_wait(record: TalentRecord, shown: Selection, new: Candidate, mode: ReviewMode) -> bool:
    """Whether a picture that would be shown waits for a person instead.

    Args:
        record: the talent.
        shown: what is shown, or nothing if the roster no longer asks for that.
        new: the candidate whose picture it is.
        mode: what the operator wants to be asked about.
    """
    if mode is ReviewMode.OFF or (shown.source, shown.content_hash) == (new.source, new.content_hash):
        return False
    if any(one.state is ReviewState.APPROVED and one.is_of(new) for one in record.reviews):
        return False
    if mode is ReviewMode.ALL or _waits_already(record, new):
        return True
    if not shown.has_picture or shown.source == MANUAL:  # which a person chose, and no longer does
        return False
    is_elsewhere = shown.source != new.source
    return is_elsewhere if mode is ReviewMode.SOURCE else _looks_different(record, shown, new)


def _waits_already(record: TalentRecord, new: Candidate) -> bool:
    return any(one.state is ReviewState.WAITING and one.is_of(new) for one in record.reviews)


def _looks_different(record: TalentRecord, shown: Selection, new: Candidate) -> bool:
    if shown.content_hash is None:
        return shown.source != new.source
    if shown.content_hash == new.content_hash:
        return False
    looks = (record.likenesses.get(one or "") for one in (shown.content_hash, new.content_hash))
    return not looks_the_same(*looks)
