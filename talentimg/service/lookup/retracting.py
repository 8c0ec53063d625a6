"""What is shown although it is a placeholder makes way for what was shown before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import MANUAL
from talentimg.service.decision.resolver import brought_by, forms_of
from talentimg.service.decision.versions import BY_SYNC
from talentimg.service.lookup.rejected import rejected_since
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from talentimg.models import HistoryEntry, TalentRecord
    from talentimg.repository.interface import Results
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.lookup.placeholders import SuspectedPlaceholders
    from talentimg.service.results import SyncResult


async def retracted(
    record: TalentRecord,
    suspected: SuspectedPlaceholders,
    repository: Results,
    resolver: Resolver,
    *,
    by: str = BY_SYNC,
) -> SyncResult | None:
    """What to write so that no placeholder is shown; None if none is, or a person decided what is shown."""
    suspect = await suspected.shown(record)
    if suspect is None:
        return None
    return resolver.retract(record, await _last_to_undo(record, suspected, repository), suspect, by=by)


async def _last_to_undo(
    record: TalentRecord, suspected: SuspectedPlaceholders, repository: Results
) -> HistoryEntry | None:
    """The latest change before which something was shown that may come back; None if there is none."""
    history = await in_thread(repository.history, record.talent.id)
    for change in brought_by(history, record.selection):
        if change.from_source == MANUAL:
            continue  # a choice that stood would be what is shown, so whoever made it has taken it back
        forms = forms_of(history, change.from_hash)
        if any([await suspected.copied(change.from_source, form) for form in forms]):
            continue
        if any([await in_thread(rejected_since, repository, record, form) for form in forms]):
            continue
        return change
    return None
