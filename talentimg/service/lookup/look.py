"""One look at one talent: ask down the chain until the decision is final."""

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
    """Ask the sources of a talent, one after the other, until no more need to be asked.

    Args:
        record: the talent, with what is known so far.
        sources: asks them.
        rules: the operator's settings for the decision.
        now: the clock.
        force: fetch pictures even if nothing seems to have changed.
    """
    began = monotonic()
    results: dict[str, SourceResult] = {}
    after = record
    while source := next_source(after, rules, now(), results):
        results[source] = await sources.ask(after, source, force=force)
        after = _with(results[source], after)
    return LookResult(record, after, tuple(results.values()), monotonic() - began)


def _with(result: SourceResult, record: TalentRecord) -> TalentRecord:
    """The record with what a source gave."""
    one, looks = result.candidate, record.likenesses
    if result.likeness is not None and one.content_hash is not None:
        looks = {**looks, one.content_hash: result.likeness}
    return replace(record, candidates={**record.candidates, one.source: one}, likenesses=looks)
