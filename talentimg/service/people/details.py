"""Everything about one talent that a person wants to see at once. No platform is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.service.decision.explain import explain
from talentimg.service.decision.versions import versions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Candidate, Picture, Review, Selection, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.chain import Rules
    from talentimg.service.decision.due import Schedule
    from talentimg.service.decision.explain import Step
    from talentimg.service.decision.state import Standing
    from talentimg.service.decision.versions import Version
    from talentimg.service.people.listing import Listing

MOST_VERSIONS: Final = 24


@dataclass(frozen=True, slots=True)
class TalentDetails:
    """A talent, what is shown and why, what was shown before.

    `steps` is the chain, each with the time at which its source is asked next. `pictures` are those that we
    have of all that is named here, by content hash.
    """

    record: TalentRecord
    standing: Standing
    steps: Sequence[tuple[Step, datetime | None]]
    versions: Sequence[Version]
    pictures: Mapping[str, Picture]

    @property
    def picture(self) -> Picture | None:
        """The one that is shown, if we have a copy."""
        return self.pictures.get(self.record.selection.content_hash or "")


class Details:
    """Reads it."""

    def __init__(
        self,
        repository: Repository,
        listing: Listing,
        rules: Rules,
        schedule: Schedule,
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._listing = listing
        self._rules = rules
        self._schedule = schedule
        self._now = now

    def of(self, talent_id: str) -> TalentDetails:
        """The details of a talent.

        Raises:
            TalentNotFound: there is no such talent.
        """
        record = self._repository.load(talent_id)
        history = self._repository.history(talent_id, limit=MOST_VERSIONS + 1)
        versions = versions_of(history, record.selection, is_whole=len(history) <= MOST_VERSIONS)
        steps = [
            (step, self._schedule.next_check(record, step))
            for step in explain(record, self._rules, self._now())
        ]
        pictures = {name: self._repository.picture(name) for name in _named(record, versions)}
        return TalentDetails(
            record,
            self._listing.standing(record),
            steps,
            versions[:MOST_VERSIONS],
            {name: picture for name, picture in pictures.items() if picture},
        )

    def pictures_of(self, talent_id: str) -> set[str]:
        """The hashes of the pictures of a talent that may be looked at.

        Raises:
            TalentNotFound: there is no such talent.
        """
        record = self._repository.load(talent_id)
        history = self._repository.history(talent_id, limit=MOST_VERSIONS + 1)
        return _named(record, versions_of(history, record.selection)[:MOST_VERSIONS])


def _named(record: TalentRecord, versions: Iterable[Version]) -> set[str]:
    """The pictures that are named, but for those of sources from which the talent wants none."""
    if record.policy.opted_out:
        return set()
    told: list[Selection | Version | Candidate | Review] = [
        record.selection,
        *versions,
        *record.candidates.values(),
        *(one for one in record.reviews if not one.is_settled),
    ]
    return {one.content_hash for one in told if one.content_hash and not record.policy.refuses(one.source)}
