"""Pictures that were shown once and that a person has rejected since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import ReviewState
from talentimg.service.decision.review import rejection

if TYPE_CHECKING:
    from talentimg.models import Review, TalentRecord
    from talentimg.repository.interface import Results


def rejected_since(repository: Results, record: TalentRecord, content_hash: str | None) -> Review | None:
    """A person's word against a picture that the record no longer tells of; None if there is none.

    Args:
        repository: knows what our copy was made of, and what it looks like.
        record: the talent.
        content_hash: the name of our copy; None where there is none.
    """
    if content_hash is None or all(one.state is not ReviewState.REJECTED for one in record.reviews):
        return None  # as nearly always, and nothing had to be read
    picture = repository.picture(content_hash)
    if picture is None:
        return rejection(record, content_hash, None, None)
    return rejection(record, content_hash, picture.source_hash, picture.likeness)
