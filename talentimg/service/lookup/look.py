"""One look at one talent: ask down the chain until the decision stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from talentimg.service.decision.chain import next_question

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.service.decision.chain import Rules
    from talentimg.service.lookup.sources import Asked, Sources


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look saw: the record as it was loaded, and the same with what was observed since.

    `is_bug` says that a mistake of ours ended the look.
    """

    before: TalentRecord
    seen: TalentRecord
    looks: tuple[Asked, ...] = ()
    seconds: float = 0.0
    is_bug: bool = False


async def look_at(
    record: TalentRecord, sources: Sources, rules: Rules, now: Callable[[], datetime], *, force: bool = False
) -> Looked:
    """Ask the sources of a talent, one after the other, until nobody needs to be asked.

    Args:
        record: the talent, with what is known.
        sources: who asks.
        rules: the operator's.
        now: the clock.
        force: fetch pictures anew though nothing seems to have changed.
    """
    began = monotonic()
    looks: dict[str, Asked] = {}
    seen = record
    while source := next_question(seen, rules, now(), looks):
        looks[source] = await sources.ask(seen, source, force=force)
        seen = replace(seen, candidates={**seen.candidates, source: looks[source].candidate})
    return Looked(record, seen, tuple(looks.values()), monotonic() - began)
