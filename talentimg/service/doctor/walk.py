"""A walk through the whole roster, for checks that have to see everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.service.doctor.interface import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Roster
    from talentimg.service.doctor.interface import Look

PAGE: Final = 500


class Walk:
    """Pages of records, for as long as there is time. Afterwards it knows how far it came."""

    def __init__(self, repository: Roster) -> None:
        self._repository = repository
        self.seen = 0
        self.is_whole = False

    def pages(self, look: Look) -> Iterator[list[TalentRecord]]:
        """The pages."""
        page = self._repository.records(limit=PAGE)
        while page:
            self.seen += len(page)
            yield page
            if len(page) < PAGE:
                break
            if not look.has_time():
                return
            page = self._repository.records(after=page[-1].talent.id, limit=PAGE)
        self.is_whole = True

    def rest(self) -> Iterator[Finding]:
        """That it did not come to the end, if so."""
        if not self.is_whole:
            yield Finding(
                f"There was time for {self.seen:,} talents only.",
                Severity.NOTE,
                "talentimg doctor --deep takes its time.",
            )


def hashes_of(record: TalentRecord) -> set[str]:
    """The pictures that a talent's rows name, by content hash."""
    named_by = [record.selection.content_hash, *(one.content_hash for one in record.candidates.values())]
    return {name for name in (*named_by, *(one.content_hash for one in record.reviews)) if name is not None}
