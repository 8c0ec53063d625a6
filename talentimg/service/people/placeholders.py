"""Suspected placeholders: a person lists them and says which are real pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.models import Suspect
    from talentimg.repository.interface import Results

MIN_PREFIX: Final = 6
"""The fewest characters of a hash that have to be given."""
HASH: Final = re.compile(f"[0-9a-f]{{{MIN_PREFIX},64}}")
SEE_ALL: Final = "See them all with: talentimg placeholders"


class Placeholders:
    """Lists the suspected pictures, and lets a person confirm that one is real."""

    def __init__(self, repository: Results, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now

    def suspects(self) -> list[Suspect]:
        """The suspected pictures and those confirmed as real, the latest first."""
        return self._repository.suspects()

    def allow(self, prefix: str, *, by: str) -> list[Suspect]:
        """Record that a picture is real, whichever platforms it came from.

        Args:
            prefix: the first characters of its hash, the platform's or ours.
            by: who confirms it. An earlier confirmation is not replaced.

        Returns:
            The picture as it is now stored, once for each of those platforms.

        Raises:
            UsageError: no hash begins like this, or those of several pictures do.
        """
        found = self.find(prefix)
        return [suspect if suspect.is_allowed else self._allow(suspect, by) for suspect in found]

    def _allow(self, suspect: Suspect, by: str) -> Suspect:
        allowed = replace(suspect, allowed_by=by, allowed_at=self._now())
        self._repository.save_suspect(allowed)
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
