"""Converts rows of pictures that wait, or waited, for a person to and from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models.review import Review, ReviewState
from talentimg.repository.stored import from_text, required, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.repository.interface import Change
    from talentimg.repository.stored import ReadRow, Row

_PLAIN = ("talent_id", "source", "source_hash", "content_hash", "likeness", "decided_by", "why")


def review_row(review: Review) -> Row:
    """A picture that waits, or on which a person has decided."""
    row: Row = {name: getattr(review, name) for name in _PLAIN}
    times = {name: to_text(getattr(review, name)) for name in ("proposed_at", "decided_at")}
    return row | times | {"state": review.state.value}


def review_from(row: ReadRow) -> Review:
    """A picture that waits, or on which a person has decided."""
    return Review(
        **{name: row[name] for name in _PLAIN},
        state=ReviewState(row["state"]),
        proposed_at=required(row["proposed_at"]),
        decided_at=from_text(row["decided_at"]),
    )


def reviews_from(rows: Iterable[ReadRow]) -> dict[str, list[Review]]:
    """Those of each talent."""
    found: dict[str, list[Review]] = {}
    for review in map(review_from, rows):
        found.setdefault(review.talent_id, []).append(review)
    return found


def parted(changes: Iterable[Change]) -> tuple[list[Review], list[Review]]:
    """What is kept of the reviews of some changes, and what is not any more."""
    reviews = [review for change in changes for review in change.reviews]
    kept = [review for review in reviews if review.state is not ReviewState.WITHDRAWN]
    return kept, [review for review in reviews if review.state is ReviewState.WITHDRAWN]
