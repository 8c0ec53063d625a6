"""Which picture stands in for one that is shown and cannot be read: the next down the chain that we hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models import Selection
from talentimg.service.decision.chain import resolve, said_by_a_person

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.service.decision.chain import Rules


def stand_in(record: TalentRecord, rules: Rules, now: datetime) -> str | None:
    """The hash of what would be shown if there were nothing of the shown source; None for initials.

    Where a person has decided what is shown, nothing else stands in for it.
    """
    if said_by_a_person(record, now) is not None:
        return None
    shown = record.selection
    others = {source: one for source, one in record.candidates.items() if source != shown.source}
    without = replace(record, selection=Selection(synced_at=shown.synced_at), candidates=others)
    found = resolve(without, rules, now).content_hash
    return found if found != shown.content_hash else None
