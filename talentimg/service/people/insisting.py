"""A person's word is written whoever is faster: it is worked out again on what stands there then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import StoreLocked
from talentimg.service.decision.resolver import CONFLICT_RETRIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Outcome, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.results import SyncResult


def insist(
    repository: Repository,
    talent_id: str,
    result_of: Callable[[TalentRecord], SyncResult],
    now: Callable[[], datetime],
) -> Outcome:
    """Write what follows from a person's word.

    Args:
        repository: where it is written.
        talent_id: whom it is about.
        result_of: works it out from the record as it stands, and may raise a `UsageError`.
        now: the clock.

    Raises:
        TalentNotFound: there is no such talent.
        StoreLocked: the talent keeps being changed by others.
    """
    record = repository.load(talent_id)
    for _ in range(CONFLICT_RETRIES):
        result = result_of(record)
        if not repository.save([result.change], now()):
            return result.outcome
        record = repository.load(talent_id)
    raise keeps_changing(record.talent.name)


def keeps_changing(name: str) -> StoreLocked:
    """The error where others were always faster."""
    return StoreLocked(f"{name} keeps being changed by others.", hint="Try again later.")
