"""What is written of pictures that wait for a person: from when on, and until when. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models.review import Review, ReviewState, bytes_of

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Candidate, TalentRecord
    from talentimg.service.decision.chain import Decision


def reviews_to_write(
    before: TalentRecord, after: TalentRecord, decision: Decision, now: datetime
) -> tuple[Review, ...]:
    """What a person has newly said, what waits from now on, and what no longer does.

    Args:
        before: the record as it was loaded.
        after: the record with what was found, and with what a person said.
        decision: what is shown, and whose picture waits now, if one does. At most one of a talent waits.
        now: since when.
    """
    proposed = decision.proposed
    said = [one for one in after.reviews if one.is_settled and one not in before.reviews]
    settled = {one.key for one in said}
    waiting = [o for o in before.reviews if o.state is ReviewState.WAITING and o.key not in settled]
    gone = [one for one in waiting if not _still_waits(one, after, decision)]
    withdrawn = [replace(one, state=ReviewState.WITHDRAWN) for one in gone]
    if proposed is None or any(one.source == proposed.source and one.is_of(proposed) for one in waiting):
        return (*said, *withdrawn)
    return (*said, *withdrawn, _review_of(after, proposed, now))


def _still_waits(one: Review, after: TalentRecord, decision: Decision) -> bool:
    if decision.proposed is not None:
        return one.source == decision.proposed.source and one.is_of(decision.proposed)
    candidate = after.candidates.get(one.source)
    if candidate is None or after.policy.refuses(one.source):
        return False
    # A platform that cannot be asked, or need not be while a person decides, has not taken its picture back.
    is_silent = decision.is_a_persons or candidate.reason is not None
    return is_silent and candidate.has_picture and one.is_of(candidate)


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
