"""One look at one talent: ask down the chain until the decision stands."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from talentimg.service.decision.chain import next_source
from talentimg.service.results import LookResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.service.decision.chain import Rules
    from talentimg.service.lookup.sources import Sources
    from talentimg.service.results import SourceResult


async def look_at(
    record: TalentRecord, sources: Sources, rules: Rules, now: Callable[[], datetime], *, force: bool = False
) -> LookResult:
    """Ask the sources of a talent, one after the other, until nobody needs to be asked.

    Args:
        record: the talent, with what is known.
        sources: who asks.
        rules: the operator's.
        now: the clock.
        force: fetch pictures anew though nothing seems to have changed.
    """
    began = monotonic()
    results: dict[str, SourceResult] = {}
    after = record
    while source := next_source(after, rules, now(), results):
        results[source] = await sources.ask(after, source, force=force)
        after = replace(after, candidates={**after.candidates, source: results[source].candidate})
    return LookResult(record, after, tuple(results.values()), monotonic() - began)
