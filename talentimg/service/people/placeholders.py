"""Suspected placeholders: a person lists them and says which are real pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import UsageError
from talentimg.models import NOBODY, Action, AuditEntry
from talentimg.models.audit import SOURCE, SOURCE_HASH

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Suspect
    from talentimg.repository.interface import Repository

MIN_PREFIX: Final = 6
"""The fewest characters of a hash that have to be given."""
HASH: Final = re.compile(f"[0-9a-f]{{{MIN_PREFIX},64}}")
SEE_ALL: Final = "See them all with: talentimg placeholders"
MOST_WORDS: Final = 10_000
"""How many of the latest words are looked through for why a picture is refused."""


class Placeholders:
    """Lists the suspected pictures, and lets a person confirm that one is real."""

    def __init__(self, repository: Repository, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now

    def suspects(self) -> list[Suspect]:
        """The suspected pictures and those confirmed as real, the latest first."""
        return self._repository.suspects()

    def words(self, *, limit: int = MOST_WORDS) -> list[AuditEntry]:
        """What people said of placeholders, and what they took back: who, when and why, newest first.

        `about` names the `source`, the `source_hash`, and the `name` if it was given one.
        """
        return self._repository.audit(NOBODY, limit=limit)

    def reasons(self) -> dict[tuple[str, str], str | None]:
        """Why people say what holds now of each listed picture, by source and source hash."""
        latest = {(w.about.get(SOURCE), w.about.get(SOURCE_HASH)): w for w in reversed(self.words())}
        told: dict[tuple[str, str], str | None] = {}
        for suspect in self.suspects():
            word = latest.get((suspect.source, suspect.source_hash))
            told[suspect.source, suspect.source_hash] = word.why if word else None
        return told

    def allow(self, prefix: str, *, by: str, why: str | None = None) -> list[Suspect]:
        """Record that a picture is real, whichever platforms it came from.

        Args:
            prefix: the first characters of its hash, the platform's or ours.
            by: who confirms it. An earlier confirmation is not replaced.
            why: the reason, in their words.

        Returns:
            The picture as it is now stored, once for each of those platforms.

        Raises:
            UsageError: no hash begins like this, or those of several pictures do.
        """
        found = self.find(prefix)
        return [suspect if suspect.is_allowed else self._allow(suspect, by, why) for suspect in found]

    def _allow(self, suspect: Suspect, by: str, why: str | None) -> Suspect:
        at = self._now()
        allowed = replace(suspect, allowed_by=by, allowed_at=at)
        self._repository.save_suspect(allowed, word(Action.PLACEHOLDER_ALLOW, suspect, at, by, why))
        return allowed

    def find(self, prefix: str) -> list[Suspect]:
        """The listed picture whose hash begins like this, once for each platform.

        Raises:
            UsageError: no hash begins like this, or those of several pictures do.
        """
        prefix = prefix.strip().lower()
        if not HASH.fullmatch(prefix):
            raise UsageError(
                f"{prefix!r} is not the beginning of a hash: {MIN_PREFIX} to 64 characters of 0-9 and a-f.",
                hint=SEE_ALL,
            )
        found = [
            suspect
            for suspect in self._repository.suspects()
            if suspect.source_hash.startswith(prefix) or suspect.content_hash.startswith(prefix)
        ]
        if not found:
            raise UsageError(f"No listed picture has a hash that begins with {prefix!r}.", hint=SEE_ALL)
        # The same bytes, or different bytes that give the same picture, count as one picture.
        if len({s.source_hash for s in found}) > 1 and len({s.content_hash for s in found}) > 1:
            raise UsageError(
                f"Several pictures have a hash that begins with {prefix!r}.",
                hint="Give more characters of it. The whole hashes: talentimg placeholders --json",
            )
        return found


def word(action: str, suspect: Suspect, at: datetime, by: str, why: str | None) -> AuditEntry:
    """What a person says of a placeholder, as it is kept."""
    about = {SOURCE: suspect.source, SOURCE_HASH: suspect.source_hash}
    return AuditEntry(NOBODY, at, action, by, why, about | ({"name": suspect.name} if suspect.name else {}))
