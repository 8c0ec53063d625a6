"""Pictures that too many talents got at once: placeholders, until a person says otherwise."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from talentimg.models import Suspect, TalentRecord
    from talentimg.repository.interface import Results

CACHE_TTL_S: Final = 5.0
SEE_PLACEHOLDERS: Final = "If it is a real picture, say so: talentimg placeholders"


class SuspectedPlaceholders:
    """The suspected placeholders in the store."""

    def __init__(self, repository: Results) -> None:
        self._repository = repository
        self._known: dict[tuple[str, str], Suspect] = {}
        self._read_at: float | None = None
        self._lock = asyncio.Lock()

    async def is_suspected(self, source: str, source_hash: str) -> bool:
        """Whether the bytes of this hash are suspected to be a placeholder of this source."""
        return await self.find(source, source_hash) is not None

    async def find(self, source: str, source_hash: str) -> Suspect | None:
        """The suspicion against the bytes of this hash; None if there is none or a person has lifted it."""
        suspect = (await self._suspects()).get((source, source_hash))
        return None if suspect is None or suspect.is_allowed else suspect

    async def is_allowed(self, source: str, source_hash: str) -> bool:
        """Whether a person has said that the bytes of this hash are a real picture."""
        suspect = (await self._suspects()).get((source, source_hash))
        return suspect is not None and suspect.is_allowed

    async def shown_for(self, record: TalentRecord) -> Suspect | None:
        """The suspicion against the picture that is shown for a talent, if there is one."""
        candidate = record.candidates.get(record.selection.source)
        if candidate is None or candidate.source_hash is None:
            return None
        return await self.find(candidate.source, candidate.source_hash)

    async def add(self, suspect: Suspect) -> None:
        """Add a suspected placeholder, for every process."""
        async with self._lock:
            await in_thread(self._repository.save_suspect, suspect)
            self._known[suspect.source, suspect.source_hash] = suspect

    async def _suspects(self) -> dict[tuple[str, str], Suspect]:
        async with self._lock:  # others wait meanwhile for the same answer of the store
            if self._read_at is None or monotonic() - self._read_at > CACHE_TTL_S:
                found = await in_thread(self._repository.suspects)
                self._known = {(suspect.source, suspect.source_hash): suspect for suspect in found}
                self._read_at = monotonic()
        return self._known
