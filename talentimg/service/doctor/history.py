"""Histories that do not end in what is shown, or lead back to a picture that is lost.

What takes a picture back goes to the one before it, by the last change. Without that it would go too far.
Changes before the last one cannot be told from what another program wrote in between, and what they led to
stands in the one after as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models import INITIALS, HistoryEntry
from talentimg.repository.interface import Change
from talentimg.service.decision.versions import BY_DOCTOR
from talentimg.service.doctor.interface import Check, Finding, Severity, counted, named
from talentimg.service.doctor.walk import PAGE, Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.doctor.interface import Look

LOST: Final = "the change that brought it is lost"
"""Why a history has an entry that no change of what is shown has brought."""


class HistoryCheck(Check):
    """Compares what is shown with the last change of each talent."""

    name: ClassVar = "history"
    title: ClassVar = "History"
    needs: ClassVar = ("store",)

    def __init__(
        self,
        repository: Callable[[], Repository],
        healing: Callable[[], Repository],
        now: Callable[[], datetime],
    ) -> None:
        """Checks a roster.

        Args:
            repository: opens it.
            healing: opens it to write the changes that are lost.
            now: the time.
        """
        self._repository = repository
        self._healing = healing
        self._now = now

    def look(self, look: Look) -> Iterator[Finding]:
        """Whose last change is lost, and who cannot go back by one."""
        repository = self._repository()
        walk = Walk(repository)
        suspected: list[str] = []
        stranded: list[str] = []
        for page in walk.pages(look):
            latest = _latest(repository, page)
            suspected += [one.talent_id for one in self._missing(page, latest)]
            stranded += _stranded(repository, latest)
        # Whom a sync wrote between two of our questions is well when asked once more.
        again = repository.load_many(suspected)
        ids = [one.talent_id for one in self._missing(again, _latest(repository, again))]
        yield from walk.rest()
        if ids:
            what = counted(len(ids), "talent shows a picture", "talents show pictures")
            yield Finding(
                f"{what} of which the history knows nothing: {named(ids)}. The change that brought it is"
                " lost, and what takes it back would pass over the one before.",
                Severity.NEEDS_YOU,
                "talentimg doctor --fix writes down that it is shown. Since when, and by whom, stays"
                " unknown.",
                can_fix=True,
                talents=tuple(ids),
                otherwise="Somebody was changing them at that moment: talentimg doctor --fix once more.",
            )
        if stranded:
            what = counted(len(stranded), "talent", "talents")
            yield Finding(
                f"The picture that was shown before is lost of {what}: {named(stranded)}."
                " What is shown is well.",
                Severity.NOTE,
                "rollback cannot show it again. Only a backup of the roster has its row.",
                talents=tuple(stranded),
            )
        if not ids and not stranded:
            yield Finding(f"The history of {counted(walk.seen, 'talent', 'talents')} ends in what is shown.")

    def heal(self, found: Sequence[Finding], look: Look) -> Iterator[str]:
        """Write down that what is shown followed what was shown before it."""
        ids = [talent_id for finding in found if finding.can_fix for talent_id in finding.talents]
        written = 0
        for start in range(0, len(ids), PAGE):
            if not look.has_time():
                break
            written += self._written(ids[start : start + PAGE])
        if written:
            yield f"{counted(written, 'lost change was', 'lost changes were')} written down anew."

    def _written(self, talent_ids: Sequence[str]) -> int:
        repository, now = self._healing(), self._now()
        records = repository.load_many(talent_ids)
        changes = list(self._missing(records, _latest(repository, records)))
        return len(changes) - len(repository.save(changes, now))

    def _missing(self, page: Sequence[TalentRecord], latest: Mapping[str, HistoryEntry]) -> Iterator[Change]:
        """What would fill the gap of each who has one. Nothing else changes for them."""
        for record in page:
            shown, last = record.selection, _end_of(latest.get(record.talent.id))
            # Only what we have made a copy of has certainly come by a change of ours.
            if shown.content_hash is not None and last != (shown.source, shown.content_hash):
                step = HistoryEntry(
                    record.talent.id, self._now(), *last, shown.source, shown.content_hash, LOST, BY_DOCTOR
                )
                yield Change(record.talent.id, shown, read=record, history=step)


def _latest(repository: Repository, page: Sequence[TalentRecord]) -> dict[str, HistoryEntry]:
    return repository.latest_changes([record.talent.id for record in page])


def _stranded(repository: Repository, latest: Mapping[str, HistoryEntry]) -> list[str]:
    """Who showed a picture before of which there is no row any more."""
    before = {entry.talent_id: entry.from_hash for entry in latest.values() if entry.from_hash is not None}
    known = repository.known_pictures(set(before.values()))
    return sorted(talent_id for talent_id, content_hash in before.items() if content_hash not in known)


def _end_of(last: HistoryEntry | None) -> tuple[str, str | None]:
    return (last.to_source, last.to_hash) if last else (INITIALS, None)
