"""What is kept of one talent in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from talentimg.models import Policy, Selection

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Account, Candidate

_NOTHING_SHOWN = Selection()
_NO_SAY = Policy()


@dataclass(slots=True)
class StoredAccount:
    """An account as it is kept: connected or not."""

    account: Account
    connected: bool = True


@dataclass(slots=True)
class StoredTalent:
    """All that is kept of one talent."""

    name: str
    email: str | None = None
    avatar_url: str | None = None
    stored_accounts: dict[str, StoredAccount] = field(default_factory=dict)
    selection: Selection = _NOTHING_SHOWN
    policy: Policy = _NO_SAY
    candidates: dict[str, Candidate] = field(default_factory=dict)
    leased_until: datetime | None = None

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Those that are connected, by platform."""
        accounts = sorted(self.stored_accounts.items())
        return tuple(stored.account for _, stored in accounts if stored.connected)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Where there is a connected account."""
        return tuple(account.platform for account in self.accounts)

    @property
    def is_askable(self) -> bool:
        """Whether anybody can be asked for a picture."""
        return bool(self.accounts or self.avatar_url)

    @property
    def due_times(self) -> list[datetime]:
        """The times at which candidates want to be looked at again."""
        return [c.next_due_at for c in self.candidates.values() if c.next_due_at]

    def is_due(self, now: datetime, before: datetime | None) -> bool:
        """Whether the talent could be claimed."""
        is_leased = self.leased_until is not None and self.leased_until > now
        return self.is_askable and not is_leased and self.is_past_due(now, before)

    def is_past_due(self, now: datetime, before: datetime | None) -> bool:
        """Whether its time has come, whoever may be at work on it."""
        synced = self.selection.synced_at
        if synced is None or before is None or synced < before:
            return True
        return any(at <= now for at in self.due_times)
