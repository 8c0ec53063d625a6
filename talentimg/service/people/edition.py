"""Whether a talent is still as somebody read them, before what they say of that is written."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from talentimg.errors import EditedMeanwhile
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from collections.abc import Collection

    from talentimg.models import TalentRecord

    Editions: TypeAlias = Collection[str] | None
    """Those that will do; None: any."""

_LENGTH: Final = 20


def edition_of(record: TalentRecord) -> str:
    """A short text that changes with whatever a person may change of a talent, and not with a mere look."""
    talent, policy = record.talent, normalise(record.policy)
    policy = replace(policy, opt_outs=tuple(sorted(policy.opt_outs, key=lambda one: one.platform or "")))
    accounts = sorted((one.platform, one.handle, one.profile_url or "") for one in talent.accounts)
    told = repr((talent.name, talent.email, talent.avatar_url, accounts, policy))
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:_LENGTH]


def check_edition(record: TalentRecord, editions: Editions) -> None:
    """Refuse to write over what its writer has not seen.

    Raises:
        EditedMeanwhile: the talent is in none of these editions.
    """
    if editions is not None and edition_of(record) not in editions:
        raise EditedMeanwhile(
            f"{record.talent.name} has been changed by somebody else since you read it.",
            hint="Read it again, and say it again if it is still right.",
        )
