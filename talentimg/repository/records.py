"""What is known of a talent, without what answers a question that the roster no longer asks."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from talentimg.models import TalentRecord
from talentimg.models.question import question_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from talentimg.models import Candidate, Picture, Policy, Review, Selection, Talent

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def record_of(
    talent: Talent,
    selection: Selection,
    policy: Policy,
    candidates: Mapping[str, Candidate],
    *,
    reviews: Iterable[Review] = (),
    looks: Mapping[str, str | None] = _NOTHING,
    pictures: Mapping[str, Picture] = _NOTHING,
) -> TalentRecord:
    """All that is known of a talent. Every backend makes its records here.

    Args:
        talent: the talent as the roster has it now.
        selection: what is shown.
        policy: what people decided.
        candidates: all that are kept, whatever they answer.
        reviews: the pictures that wait for a person, and those on which one has decided.
        looks: what pictures look like, by content hash; of other talents' pictures, too.
        pictures: the rows of the same pictures.
    """
    valid = {source: candidate for source, candidate in candidates.items() if _is_valid(candidate, talent)}
    outdated = frozenset(candidates.keys() - valid.keys())
    hashes = {selection.content_hash, *(candidate.content_hash for candidate in valid.values())}
    known = {name: look for name in hashes if name and (look := looks.get(name))}
    shown = _with_question(selection, candidates)
    ordered = tuple(sorted(reviews, key=lambda one: (one.proposed_at, one.key)))
    return TalentRecord(
        talent, shown, policy, valid, outdated, reviews=ordered, likenesses=known, pictures=pictures
    )


def _is_valid(candidate: Candidate, talent: Talent) -> bool:
    """Whether a candidate answers what the roster asks now.

    Which one an older candidate answers is not known: it counts until the next look.
    """
    today = question_of(talent, candidate.source)
    return today is not None and candidate.question in (None, today)


def _with_question(shown: Selection, candidates: Mapping[str, Candidate]) -> Selection:
    """A selection that was kept before questions were has that of the candidate that it shows."""
    candidate = candidates.get(shown.source)
    if shown.question is not None or candidate is None or candidate.question is None:
        return shown
    return replace(shown, question=candidate.question)
