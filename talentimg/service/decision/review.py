"""Which pictures wait for a person, and which one has rejected. Pure functions, no I/O.

A rejected picture is none, for its talent and whoever offers it, and so is what looks like it. What waits is
compared with what is shown:

- `source`: a picture from another source waits, unless nothing was shown, or what a person chose and
  no longer does.
- `visual`: a picture that looks different waits, whatever its source, unless there is nothing to compare it
  with: nothing was shown, or what an older program chose, of which we have no copy, from the same source.
- `all`: whatever has other bytes waits, the first picture too.

Losses never wait, and an approved picture is shown without asking again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models import MANUAL
from talentimg.models.likeness import alike, looks_the_same
from talentimg.models.review import Review, ReviewMode, ReviewState, bytes_of

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Candidate, Selection, TalentRecord


def is_rejected(record: TalentRecord, content_hash: str | None, source_hash: str | None = None) -> bool:
    """Whether a person has rejected this picture of the talent, or one that looks like it."""
    looks = record.likenesses.get(content_hash or "")
    return any(
        content_hash == one.content_hash or source_hash == one.source_hash or alike(looks, one.likeness)
        for one in record.reviews
        if one.state is ReviewState.REJECTED
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
    if mode is ReviewMode.ALL:
        return True
    if not shown.has_picture or shown.source == MANUAL:  # which a person chose, and no longer does
        return False
    is_elsewhere = shown.source != new.source
    return is_elsewhere if mode is ReviewMode.SOURCE else _looks_different(record, shown, new)


def _looks_different(record: TalentRecord, shown: Selection, new: Candidate) -> bool:
    if shown.content_hash is None:
        return shown.source != new.source
    if shown.content_hash == new.content_hash:
        return False
    looks = (record.likenesses.get(one or "") for one in (shown.content_hash, new.content_hash))
    return not looks_the_same(*looks)


def reviews_to_write(
    before: TalentRecord, after: TalentRecord, proposed: Candidate | None, now: datetime
) -> tuple[Review, ...]:
    """What a person has newly said, what waits from now on, and what no longer does.

    Args:
        before: the record as it was loaded.
        after: the record with what was found, and with what a person said.
        proposed: the candidate whose picture waits now, if one does. At most one picture of a talent waits.
        now: since when.
    """
    said = [one for one in after.reviews if one.is_settled and one not in before.reviews]
    settled = {one.key for one in said}
    waiting = [o for o in before.reviews if o.state is ReviewState.WAITING and o.key not in settled]
    gone = [one for one in waiting if not _still_waits(one, after, proposed)]
    withdrawn = [replace(one, state=ReviewState.WITHDRAWN) for one in gone]
    if proposed is None or any(one.source == proposed.source and one.is_of(proposed) for one in waiting):
        return (*said, *withdrawn)
    return (*said, *withdrawn, _review_of(after, proposed, now))


def _still_waits(one: Review, after: TalentRecord, proposed: Candidate | None) -> bool:
    if proposed is not None:
        return one.source == proposed.source and one.is_of(proposed)
    # A platform that cannot be asked tonight has not taken its picture back.
    candidate = after.candidates.get(one.source)
    is_silent = candidate is not None and candidate.reason is not None
    return is_silent and candidate is not None and candidate.has_picture and one.is_of(candidate)


def _review_of(record: TalentRecord, proposed: Candidate, now: datetime) -> Review:
    return Review(
        record.talent.id,
        proposed.source,
        bytes_of(proposed) or "",
        proposed.content_hash or "",
        ReviewState.WAITING,
        now,
        record.likenesses.get(proposed.content_hash or ""),
    )
