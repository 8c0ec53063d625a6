"""Whom a listing of the roster is about. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talentimg.repository.interface import RosterRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Talents of a listing: those for whom everything holds that is asked for.

    `words` all occur in the id, the name or a handle, in whatever case and form. `platforms` all have a
    connected account. `sources` are where the picture that is shown may come from.
    """

    words: tuple[str, ...] = ()
    platforms: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    never_looked_at: bool = False

    def takes(self, row: RosterRow) -> bool:
        """Whether somebody belongs to the listing."""
        return (
            self.platforms <= set(row.platforms)
            and (not self.sources or row.source in self.sources)
            and not (self.never_looked_at and row.synced_at)
            and self._names(row)
        )

    def _names(self, row: RosterRow) -> bool:
        if not self.words:
            return True
        text = "\n".join(map(_plain, (row.talent_id, row.name, *(a.handle for a in row.accounts))))
        return all(_plain(word) in text for word in self.words)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
