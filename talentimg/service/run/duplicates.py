"""Finds a new picture that several talents of one platform got in the same run: a placeholder, probably."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from talentimg.models import USER, OutcomeKind, State, Suspect
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from talentimg.repository.interface import Results
    from talentimg.service.lookup.placeholders import SuspectedPlaceholders
    from talentimg.service.results import SourceResult, SyncResult

LIMIT: Final = 3
"""This many talents of one platform with the same new picture in one run cannot be the same face."""
SHOWS_NEW_PICTURE: Final = {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}
"""The outcomes after which a different picture is shown."""


class DuplicateDetector:
    """Watches the results of one run for a new picture that occurs too often."""

    def __init__(
        self, repository: Results, suspected: SuspectedPlaceholders, now: Callable[[], datetime]
    ) -> None:
        self._repository = repository
        self._suspected = suspected
        self._now = now
        since = now()
        # In the precision of stored times: what was first seen in this run must not look older than the run.
        self._since = since.replace(microsecond=since.microsecond // 1000 * 1000)

    async def find(self, results: Sequence[tuple[SyncResult, Sequence[SourceResult]]]) -> dict[str, Suspect]:
        """The talents of this batch, or of earlier ones in the run, whose picture occurs too often.

        Args:
            results: what is about to be written, each with the results of its sources.

        Returns:
            The suspected picture of each talent, by id. It is suspected from now on.
        """
        fresh: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for result, sources in results:
            for source in sources if result.outcome.kind in SHOWS_NEW_PICTURE else ():
                if self._is_new(source):
                    candidate = source.candidate
                    key = candidate.source, candidate.content_hash or "", candidate.source_hash or ""
                    fresh[key].add(candidate.talent_id)
        return await self._over_limit(fresh) if fresh else {}

    def _is_new(self, result: SourceResult) -> bool:
        at = result.first_seen_at
        is_platform = result.candidate.source != USER  # talents of the same user share their avatar
        return is_platform and result.candidate.state is State.FOUND and at is not None and at >= self._since

    async def _over_limit(self, fresh: dict[tuple[str, str, str], set[str]]) -> dict[str, Suspect]:
        for holder in await in_thread(self._repository.holders, sorted({key[1] for key in fresh})):
            for (source, content_hash, _), talents in fresh.items():
                held = holder.candidate
                if (held.source, held.content_hash) == (source, content_hash):
                    talents.add(held.talent_id)
        found: dict[str, Suspect] = {}
        for (source, content_hash, source_hash), talents in fresh.items():
            suspect = await self._suspected.find(source, source_hash)
            if suspect is None:
                if len(talents) < LIMIT or await self._suspected.is_allowed(source, source_hash):
                    continue
                suspect = Suspect(source, source_hash, content_hash, self._now(), len(talents))
                await self._suspected.add(suspect)
            found |= dict.fromkeys(talents, suspect)
        return found
