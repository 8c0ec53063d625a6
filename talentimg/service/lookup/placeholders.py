"""One new picture for several talents of a platform is a placeholder, until a person says otherwise."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.models import USER, OutcomeKind, State
from talentimg.records import Suspect
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.results import SourceResult, SyncResult

TALENTS: Final = 3
"""So many talents of one platform with the same new picture in one run are too many to be a face."""
CHANGES: Final = {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}
FRESH_FOR_S: Final = 5.0
SEE_PLACEHOLDERS: Final = "If it is a real one, say so: talentimg placeholders"


class SuspectedPlaceholders:
    """The pictures that are taken for placeholders, as the store has them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[tuple[str, str], Suspect] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def holds(self, source: str, source_hash: str) -> bool:
        """Whether the bytes of this hash are no picture when this source offers them."""
        return await self.find(source, source_hash) is not None

    async def find(self, source: str, source_hash: str) -> Suspect | None:
        """What is held against bytes that are not believed, None where they are."""
        suspect = (await self._suspects()).get((source, source_hash))
        return None if suspect is None or suspect.is_allowed else suspect

    async def vouched_for(self, source: str, source_hash: str) -> bool:
        """Whether a person said that they are a picture."""
        suspect = (await self._suspects()).get((source, source_hash))
        return suspect is not None and suspect.is_allowed

    async def shown_by(self, record: TalentRecord) -> Suspect | None:
        """What is held against the picture that a talent shows now, if anything is."""
        candidate = record.candidates.get(record.selection.source)
        if candidate is None or candidate.source_hash is None:
            return None
        return await self.find(candidate.source, candidate.source_hash)

    async def add(self, suspect: Suspect) -> None:
        """Distrust one more, in every process."""
        async with self._reading:
            await in_thread(self._repository.save_suspect, suspect)
            self._known[suspect.source, suspect.source_hash] = suspect

    async def _suspects(self) -> dict[tuple[str, str], Suspect]:
        async with self._reading:  # whoever comes meanwhile waits for what the store says
            if self._read_at is None or monotonic() - self._read_at > FRESH_FOR_S:
                found = await in_thread(self._repository.suspects)
                self._known = {(suspect.source, suspect.source_hash): suspect for suspect in found}
                self._read_at = monotonic()
        return self._known


class DuplicateDetector:
    """Watches the results of one run for a new picture that comes too often."""

    def __init__(
        self, repository: Repository, suspected: SuspectedPlaceholders, now: Callable[[], datetime]
    ) -> None:
        self._repository = repository
        self._suspected = suspected
        self._now = now
        since = now()
        # As times are kept: what was made in this run must not seem to have been made before it.
        self._since = since.replace(microsecond=since.microsecond // 1000 * 1000)

    async def find(self, results: Sequence[tuple[SyncResult, Sequence[SourceResult]]]) -> dict[str, Suspect]:
        """Who of these, or of those kept earlier in the run, got a picture that came too often.

        Args:
            results: what is about to be kept, each with its looks.

        Returns:
            The talents by id, each with the picture; it is distrusted from now on.
        """
        fresh: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for result, looks in results:
            for look in looks if result.outcome.kind in CHANGES else ():
                if self._is_new(look):
                    candidate = look.candidate
                    key = candidate.source, candidate.content_hash or "", candidate.source_hash or ""
                    fresh[key].add(candidate.talent_id)
        return await self._judge(fresh) if fresh else {}

    def _is_new(self, look: SourceResult) -> bool:
        at = look.made_at
        is_platform = look.candidate.source != USER  # talents of one user share the user's avatar
        return is_platform and look.candidate.state is State.FOUND and at is not None and at >= self._since

    async def _judge(self, fresh: dict[tuple[str, str, str], set[str]]) -> dict[str, Suspect]:
        for holder in await in_thread(self._repository.holders, sorted({key[1] for key in fresh})):
            for (source, content_hash, _), talents in fresh.items():
                if (holder.source, holder.content_hash) == (source, content_hash):
                    talents.add(holder.talent_id)
        found: dict[str, Suspect] = {}
        for (source, content_hash, source_hash), talents in fresh.items():
            suspect = await self._suspected.find(source, source_hash)
            if suspect is None:
                if len(talents) < TALENTS or await self._suspected.vouched_for(source, source_hash):
                    continue
                suspect = Suspect(source, source_hash, content_hash, self._now(), len(talents))
                await self._suspected.add(suspect)
            found |= dict.fromkeys(talents, suspect)
        return found
