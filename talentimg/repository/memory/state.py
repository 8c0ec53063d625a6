"""Everything that is kept in memory, behind one lock: what all parts of the repository there share."""

from __future__ import annotations

from itertools import count
from threading import RLock
from typing import TYPE_CHECKING

from talentimg.repository.tombstones import no_longer
from talentimg.repository.values import not_found

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from talentimg.models import AuditEntry, Delivery, HistoryEntry, Picture, Reconnect, Review, Suspect
    from talentimg.repository.interface import Forgotten
    from talentimg.repository.interface.entries import Import
    from talentimg.repository.memory.talents import StoredTalent


class MemoryState:
    """Talents, pictures and what became of them."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()
        self._talents: dict[str, StoredTalent] = {}
        self._pictures: dict[str, Picture] = {}
        self._history: list[HistoryEntry] = []
        self._audit: list[AuditEntry] = []
        self._reviews: dict[tuple[str, str, str], Review] = {}
        self._suspects: dict[tuple[str, str], Suspect] = {}
        self._imports: dict[str, Import] = {}
        self._tombstones: dict[tuple[str, str], Forgotten] = {}
        self._reconnects: dict[int, Reconnect] = {}
        self._numbers = count(1)
        self._deliveries: dict[int, Delivery] = {}
        self._noted: dict[tuple[str, str], datetime] = {}

    def _talent(self, talent_id: str) -> StoredTalent:
        if talent_id not in self._talents:
            raise no_longer(self._forgotten([(talent_id, None)])) or not_found(talent_id)
        return self._talents[talent_id]

    def _forgotten(self, what: Iterable[tuple[str, str | None]]) -> list[Forgotten]:
        keys = {(talent_id, (platform or "").lower()) for talent_id, platform in what}
        return sorted(self._tombstones[key] for key in keys & self._tombstones.keys())
