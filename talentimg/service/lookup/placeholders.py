"""Pictures that too many people have, or that somebody named, and what looks like them: placeholders."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.models import ANY_SOURCE, MANUAL
from talentimg.models.likeness import alike
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from talentimg.models import Candidate, Picture, Suspect, TalentRecord
    from talentimg.repository.interface import Results

CACHE_TTL_S: Final = 5.0
SEE_PLACEHOLDERS: Final = "If it is a real picture, say so: talentimg placeholders"


class SuspectedPlaceholders:
    """The suspected placeholders in the store.

    A picture is one of them by its bytes, by our copy of it, or by what it looks like. A person who has said
    that one of those is real has said it of the picture.
    """

    def __init__(self, repository: Results, also: Suspect | None = None) -> None:
        """Those in the store, and `also` one that a person names now, whatever was allowed before."""
        self._repository = repository
        self._also = also
        self._known: Mapping[str, Sequence[Suspect]] = {}
        self._read_at: float | None = None
        self._lock = asyncio.Lock()

    async def against(
        self,
        source: str,
        source_hash: str | None,
        content_hash: str | None = None,
        likeness: str | None = None,
    ) -> Suspect | None:
        """The suspicion against a picture of this source; None if there is none or a person has lifted it."""
        if self._also and is_the_same(self._also, source_hash, content_hash, likeness):
            return self._also
        return _unless_allowed(await self._matching(source, source_hash, content_hash, likeness))

    async def is_allowed(
        self, source: str, source_hash: str | None, content_hash: str | None, likeness: str | None
    ) -> bool:
        """Whether a person has said that this is a real picture."""
        found = await self._matching(source, source_hash, content_hash, likeness)
        return any(suspect.is_allowed for suspect in found)

    async def offered(self, candidate: Candidate) -> Suspect | None:
        """The suspicion against the picture that a source offers."""
        return await self.copied(candidate.source, candidate.content_hash, candidate.source_hash)

    async def shown(self, record: TalentRecord) -> Suspect | None:
        """The suspicion against the picture that is shown for a talent."""
        shown, candidate = record.selection, record.candidates.get(record.selection.source)
        if candidate is not None and candidate.content_hash == shown.content_hash:
            return await self.offered(candidate)
        return await self.copied(shown.source, shown.content_hash)

    async def copied(
        self, source: str, content_hash: str | None, source_hash: str | None = None
    ) -> Suspect | None:
        """The suspicion against a picture of which we have a copy."""
        if content_hash is None or not (self._also or await self._of(source)):
            return None  # as nearly always, and nothing had to be read
        picture = await in_thread(self._repository.picture, content_hash)
        if picture is None:
            return await self.against(source, source_hash, content_hash)
        # An earlier cut of a suspected picture has another name and may look different, but is of its bytes.
        return await self.against(source, source_hash or picture.source_hash, content_hash, picture.likeness)

    async def add(self, suspect: Suspect) -> None:
        """Add a suspected placeholder, for every process."""
        async with self._lock:
            await in_thread(self._repository.save_suspect, suspect)
            self._read_at = None

    def read_anew(self) -> None:
        """Ask the store the next time, whatever is remembered: another process may have added one."""
        self._read_at = None

    async def _matching(
        self, source: str, source_hash: str | None, content_hash: str | None, likeness: str | None
    ) -> list[Suspect]:
        return [
            suspect
            for suspect in await self._of(source)
            if is_the_same(suspect, source_hash, content_hash, likeness)
        ]

    async def _of(self, source: str) -> Sequence[Suspect]:
        """Those of a source. What a person brings may come from anywhere, so all of them are meant."""
        known = await self._suspects()
        if source == MANUAL:
            return list(chain.from_iterable(known.values()))
        return (*known.get(source, ()), *known.get(ANY_SOURCE, ()))

    async def _suspects(self) -> Mapping[str, Sequence[Suspect]]:
        async with self._lock:  # others wait meanwhile for the same answer of the store
            if self._read_at is None or monotonic() - self._read_at > CACHE_TTL_S:
                known = defaultdict(list)
                for suspect in await in_thread(self._repository.suspects):
                    known[suspect.source].append(suspect)
                self._known, self._read_at = known, monotonic()
        return self._known


def suspected_as(suspects: Iterable[Suspect], source: str, picture: Picture) -> Suspect | None:
    """The suspicion against a stored picture as one of this source; None if a person has lifted it.

    Args:
        suspects: all that are known.
        source: where the picture is from.
        picture: the stored one.
    """
    return _unless_allowed(
        [
            suspect
            for suspect in suspects
            if (source == MANUAL or suspect.source in {source, ANY_SOURCE})
            and is_the_same(suspect, picture.source_hash, picture.content_hash, picture.likeness)
        ]
    )


def _unless_allowed(found: Sequence[Suspect]) -> Suspect | None:
    return None if any(suspect.is_allowed for suspect in found) else next(iter(found), None)


def is_the_same(
    suspect: Suspect, source_hash: str | None, content_hash: str | None, likeness: str | None
) -> bool:
    """Whether a picture is this placeholder: by its bytes, by our copy, or by what it looks like."""
    return (
        suspect.source_hash == source_hash
        or (content_hash is not None and suspect.content_hash == content_hash)
        or alike(suspect.likeness, likeness)
    )
