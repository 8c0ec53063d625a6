"""What people decided and said, kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.interface import Policies
from talentimg.repository.memory.state import MemoryState
from talentimg.repository.stored_policies import by_talent
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry, Policy
    from talentimg.repository.interface import Disconnected


class MemoryPolicies(MemoryState, Policies):
    """Keeps the decisions with their talents, and what was said in a list."""

    def save_policy(self, talent_id: str, policy: Policy) -> None:
        with self._lock:
            self._talent(talent_id).policy = normalise(policy)

    def save_audit(self, entries: Sequence[AuditEntry]) -> None:
        with self._lock:
            self._audit += map(normalise, entries)

    def audit(self, talent_id: str, *, limit: int = 50) -> list[AuditEntry]:
        with self._lock:
            # The sort is stable: of two at the same time, the one written later stays first.
            own = [entry for entry in reversed(self._audit) if entry.talent_id == talent_id]
            return sorted(own, key=lambda entry: entry.at, reverse=True)[:limit]

    def said_of(self, talent_ids: Collection[str], actions: Collection[str]) -> dict[str, list[AuditEntry]]:
        wanted = set(talent_ids)
        with self._lock:
            return by_talent(e for e in self._audit if e.talent_id in wanted and e.action in actions)

    def keep_disconnected(self, account: Disconnected, at: datetime) -> bool:
        del at  # nothing in memory tells it
        with self._lock:
            talent = self._talents.get(account.talent_id)
            asked = [(account.talent_id, None), (account.talent_id, account.platform)]
            if talent is None or self._forgotten(asked) or account in talent.connected:
                return False
            talent.disconnected.add(account)
            return True
