"""What a look has taught of accounts: ids, names, and what is wrong with them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import (
    Action,
    AuditEntry,
    State,
)
from talentimg.models.question import is_another_name
from talentimg.service.decision.versions import BY_SYNC

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.service.results import SourceResult


def new_external_ids(before: TalentRecord, results: Sequence[SourceResult]) -> tuple[tuple[str, str], ...]:
    """The platforms' stable ids of this person that are new to us."""
    return tuple(
        (account.id, result.candidate.platform_user_id)
        for result in results
        if (account := before.talent.account(result.candidate.source)) is not None
        and account.external_id is None
        and result.candidate.platform_user_id is not None
        and result.candidate.state is not State.TROUBLE  # then it may be somebody else's
    )


def renamed_accounts(
    before: TalentRecord, results: Sequence[SourceResult]
) -> tuple[tuple[str, str | None], ...]:
    """The accounts whose name on the platform is no longer the one that we know, each with that name."""
    named = (
        (account, result.handle if is_another_name(account, result.handle) else None)
        for result in results
        if result.handle and (account := before.talent.account(result.candidate.source)) is not None
    )
    return tuple((account.id, name) for account, name in named if name != account.renamed_to)


def told_of_names(
    before: TalentRecord, renamed: Sequence[tuple[str, str | None]], now: datetime
) -> tuple[AuditEntry, ...]:
    """That accounts have new names, for the history."""
    accounts = {account.id: account for account in before.talent.accounts}
    return tuple(
        AuditEntry(
            before.talent.id,
            now,
            Action.RENAMED,
            BY_SYNC,
            about={"platform": accounts[i].platform, "from": accounts[i].handle, "to": name},
        )
        for i, name in renamed
        if name is not None
    )


def account_errors(
    before: TalentRecord, results: Sequence[SourceResult]
) -> tuple[tuple[str, str | None], ...]:
    """For each account that was asked: what is wrong with it, or None."""
    return tuple(
        (account.id, result.candidate.detail if result.candidate.state is State.TROUBLE else None)
        for result in results
        if (account := before.talent.account(result.candidate.source)) is not None
    )
