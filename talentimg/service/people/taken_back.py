"""A word that is taken back while a picture waits for review: what was shown before the word comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models import INITIALS, MANUAL
from talentimg.service.decision.chain import said_by_a_person
from talentimg.service.decision.versions import versions_of
from talentimg.service.lookup.rejected import rejected_since

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Results
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.decision.versions import Version


def as_before(
    repository: Results, resolver: Resolver, record: TalentRecord, after: TalentRecord, at: datetime
) -> TalentRecord:
    """The record from now on, with what was shown before a choice or an opt-out that is taken back.

    The source offers what waits, so without this nothing could stay until somebody has decided. Whether it
    may stay is for the decision, as with anything that is shown.

    Args:
        repository: knows what was shown.
        resolver: knows the address of our copy.
        record: the talent as they are.
        after: the same after the word.
        at: when it is said.
    """
    if after.in_review is None or said_by_a_person(after, at) is not None:
        return after
    if said_by_a_person(record, at) is None or record.selection.source not in {MANUAL, INITIALS}:
        return after
    earlier = _before_the_word(repository, record)
    if earlier is None or rejected_since(repository, after, earlier.content_hash) is not None:
        return after
    shown = resolver.shown_again(record.talent.id, earlier)
    return replace(after, selection=replace(shown, synced_at=record.selection.synced_at))


def _before_the_word(repository: Results, record: TalentRecord) -> Version | None:
    """The picture that was shown before people chose others or wanted none; None if there was none."""
    _, *earlier = versions_of(repository.history(record.talent.id), record.selection)
    first = next((version for version in earlier if version.source != MANUAL), None)
    return first if first is not None and first.content_hash is not None else None
