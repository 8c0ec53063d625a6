"""The same new picture for several talents of a platform in one run: taken for a placeholder."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from talentimg.models import USER, OutcomeKind, State, Suspect
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from talentimg.repository.interface import Repository
    from talentimg.service.lookup.placeholders import SuspectedPlaceholders
    from talentimg.service.results import SourceResult, SyncResult

LIMIT: Final = 3
"""So many talents of one platform with the same new picture in one run are too many to be a face."""
SHOWS_NEW_PICTURE: Final = {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}
"""The outcomes after which another picture is shown than before."""


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
            for look in looks if result.outcome.kind in SHOWS_NEW_PICTURE else ():
                if self._is_new(look):
                    candidate = look.candidate
                    key = candidate.source, candidate.content_hash or "", candidate.source_hash or ""
                    fresh[key].add(candidate.talent_id)
        return await self._over_limit(fresh) if fresh else {}

    def _is_new(self, look: SourceResult) -> bool:
        at = look.first_seen_at
        is_platform = look.candidate.source != USER  # talents of one user share the user's avatar
        return is_platform and look.candidate.state is State.FOUND and at is not None and at >= self._since

    async def _over_limit(self, fresh: dict[tuple[str, str, str], set[str]]) -> dict[str, Suspect]:
        for holder in await in_thread(self._repository.holders, sorted({key[1] for key in fresh})):
            for (source, content_hash, _), talents in fresh.items():
                if (holder.source, holder.content_hash) == (source, content_hash):
                    talents.add(holder.talent_id)
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
