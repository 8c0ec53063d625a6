"""A talent and their accounts, as they are kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from talentimg.models import INITIALS, MANUAL, Policy, Selection
from talentimg.repository.interface import Disconnected
from talentimg.repository.values import CLOCKS_DIFFER, LONGEST_AHEAD

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Account, Candidate

_NOTHING_SHOWN = Selection()
_NO_POLICY = Policy()


@dataclass(slots=True)
class StoredAccount:
    """An account, connected or not."""

    account: Account
    connected: bool = True


@dataclass(slots=True)
class StoredTalent:
    """Everything about one talent."""

    name: str
    email: str | None = None
    avatar_url: str | None = None
    stored_accounts: dict[str, StoredAccount] = field(default_factory=dict)
    selection: Selection = _NOTHING_SHOWN
    policy: Policy = _NO_POLICY
    candidates: dict[str, Candidate] = field(default_factory=dict)
    leased_until: datetime | None = None
    disconnected: set[Disconnected] = field(default_factory=set)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The connected accounts, sorted by platform."""
        accounts = sorted(self.stored_accounts.items())
        return tuple(stored.account for _, stored in accounts if stored.connected)

    @property
    def connected(self) -> set[Disconnected]:
        """The connected accounts, as they would be remembered if a person disconnected them."""
        return {Disconnected.of(a.talent_id, a.platform, a.handle) for a in self.accounts}

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms of the connected accounts."""
        return tuple(account.platform for account in self.accounts)

    @property
    def is_askable(self) -> bool:
        """Whether there is anything to look for, or anything shown that nobody can be asked for any more."""
        shown = self.selection
        is_ours = shown.question is not None or shown.content_hash is not None
        return bool(self.accounts or self.avatar_url) or (is_ours and shown.source not in {INITIALS, MANUAL})

    def mark_shown(self, source: str, question: str) -> None:
        """What is shown outlives the candidate: its question tells that it is that of the old account."""
        if self.selection.source == source and self.selection.question is None:
            self.selection = replace(self.selection, question=question)

    def recut(self, old: str, new: str) -> None:
        """Candidates that name one content hash name another from now on."""
        for source, candidate in self.candidates.items():
            if candidate.content_hash == old:
                self.candidates[source] = replace(candidate, content_hash=new)

    @property
    def due_times(self) -> list[datetime]:
        """The times at which candidates are due."""
        return [c.next_due_at for c in self.candidates.values() if c.next_due_at]

    def is_due(self, now: datetime, before: datetime | None) -> bool:
        """Whether the talent could be claimed now."""
        until = self.leased_until
        is_leased = until is not None and now < until <= now + LONGEST_AHEAD
        return self.is_askable and not is_leased and self.is_past_due(now, before)

    def is_past_due(self, now: datetime, before: datetime | None) -> bool:
        """Whether the time has come, apart from leases."""
        synced = self.selection.synced_at
        if synced is None or before is None or synced < before or synced >= now + CLOCKS_DIFFER:
            return True
        return any(at <= now for at in self.due_times)

    def place(self, now: datetime, before: datetime | None) -> tuple[int, datetime]:
        """Where a talent who is due stands among the others."""
        synced = self.selection.synced_at
        if synced is None:
            return 0, now
        if before is None or synced < before:
            return 1, synced
        return (2, min(self.due_times)) if synced < now + CLOCKS_DIFFER else (3, synced)
