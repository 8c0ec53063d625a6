"""Decisions of people that are kept no longer, though the record of what they said has them.

A lock, an opt-out or a disconnected account that is lost is passed over by the next look or import. The
record tells who said what and when, so that it can be kept again as it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models import Policy
from talentimg.service.decision.in_force import SPOKEN
from talentimg.service.decision.versions import BY_DOCTOR
from talentimg.service.doctor.interface import NAMED, Check, Finding, Severity, counted, named
from talentimg.service.doctor.lost_words import NOTHING, Kept, asked_of, missing, parted
from talentimg.service.doctor.walk import PAGE, Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import TalentRecord
    from talentimg.repository.interface import Change, Repository
    from talentimg.service.doctor.interface import Look
    from talentimg.service.doctor.lost_words import Lost
    from talentimg.service.people.accounts import Accounts

KEPT_AGAIN: Final = "what a person said had been lost"
"""Why a history has a change that follows from what `--fix` has kept again."""


class WordsCheck(Check):
    """Compares what is kept of each talent with what was said."""

    name: ClassVar = "words"
    title: ClassVar = "People's words"
    needs: ClassVar = ("store",)

    def __init__(
        self,
        repository: Callable[[], Repository],
        healing: Callable[[], Repository],
        accounts: Callable[[], Accounts],
        now: Callable[[], datetime],
    ) -> None:
        """Checks a roster.

        Args:
            repository: opens it.
            healing: opens it to keep what is lost.
            accounts: tells what follows for what is shown.
            now: the time.
        """
        self._repository = repository
        self._healing = healing
        self._accounts = accounts
        self._now = now

    def look(self, look: Look) -> Iterator[Finding]:
        """Of whom something is lost."""
        repository = self._repository()
        walk = Walk(repository)
        suspected = [one.talent_id for page in walk.pages(look) for one in self._lost(repository, page)]
        # About whom somebody spoke between two of our questions is well when asked once more.
        found = self._lost(repository, repository.load_many(suspected))
        yield from walk.rest()
        yield from _to_keep_again({one.talent_id: one.words for one in found if one.again != NOTHING})
        yield from _to_say_again([one for one in found if one.undone])
        if not found:
            seen = counted(walk.seen, "talent", "talents")
            yield Finding(f"What people decided about {seen} is kept, as far as it is on record.")

    def heal(self, found: Sequence[Finding], look: Look) -> Iterator[str]:
        """Keep it again, with what follows from it for what is shown."""
        ids = [talent_id for finding in found if finding.can_fix for talent_id in finding.talents]
        kept = 0
        for start in range(0, len(ids), PAGE):
            if not look.has_time():
                break
            kept += self._kept_again(ids[start : start + PAGE])
        if kept:
            yield f"What people decided about {counted(kept, 'talent', 'talents')} is kept again."

    def _kept_again(self, talent_ids: Sequence[str]) -> int:
        """Of how many of them something is kept again: who was changed by others just now is left."""
        repository = self._healing()
        lost = [o for o in self._lost(repository, repository.load_many(talent_ids)) if o.again != NOTHING]
        kept = {
            one.talent_id
            for one in lost
            for account, at in one.again.disconnected.items()
            if repository.keep_disconnected(account, at)
        }
        changes = [change for one in lost for change in self._changes(one)]
        refused = repository.save(changes, self._now())
        return len(kept | {change.talent_id for change in changes} - set(refused))

    def _changes(self, lost: Lost) -> Iterator[Change]:
        if lost.again.policy != Policy() or lost.again.reviews:
            change = self._accounts().what_follows(lost.record, lost.after, why=KEPT_AGAIN, by=BY_DOCTOR)
            if change is not None:
                yield replace(change, read=lost.record)

    def _lost(self, repository: Repository, page: Sequence[TalentRecord]) -> list[Lost]:
        ids = [record.talent.id for record in page]
        said = repository.said_of(ids, SPOKEN)
        kept = Kept(repository.disconnected(ids), repository.forgotten(asked_of(page)))
        found = {one.talent.id: missing(one, said.get(one.talent.id, ()), kept, self._now()) for one in page}
        steps = {i: repository.history(i) for i, lost in found.items() if lost.policy.lock}
        torn = [record for record in page if found[record.talent.id] != NOTHING]
        known = repository.pictures_by_source([b for r in torn for _, b in found[r.talent.id].reviews])
        return [parted(r, found[r.talent.id], steps.get(r.talent.id, ()), known) for r in torn]


def _to_keep_again(lost: Mapping[str, str]) -> Iterator[Finding]:
    if lost:
        yield Finding(
            f"What people decided about {counted(len(lost), 'talent', 'talents')} is on record, but kept no"
            f" longer, so that it does not hold: {_with_words(lost)}.",
            Severity.NEEDS_YOU,
            "talentimg doctor --fix keeps it again, in their name.",
            can_fix=True,
            talents=tuple(lost),
            otherwise="Somebody was changing them at that moment: talentimg doctor --fix once more.",
        )


def _to_say_again(lost: Sequence[Lost]) -> Iterator[Finding]:
    if lost:
        words = {one.talent_id: ", ".join(undone.what for undone in one.undone) for one in lost}
        commands = [f"{undone.say}, or {undone.lift}" for one in lost for undone in one.undone]
        yield Finding(
            f"What people decided about {counted(len(lost), 'talent', 'talents')} was lost, and undone since:"
            f" {_with_words(words)}.",
            Severity.NEEDS_YOU,
            f"Say it once more, or that it no longer holds: {'; '.join(commands[:NAMED])}",
            talents=tuple(words),
        )


def _with_words(words: Mapping[str, str]) -> str:
    return named([f"{talent_id} ({what})" for talent_id, what in words.items()])
