"""One talent with everything that a person may want to see: what is shown, why, and what was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.service.decision.explain import explain
from talentimg.service.decision.state import state_of
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

MOST_VERSIONS: Final = 24
"""Of an album."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A talent, the picture that is shown if we hold a copy of it, how the talent stands, and the chain.

    Each step of the chain comes with the time at which its source is asked next.
    """

    record: TalentRecord
    picture: Picture | None
    standing: Standing
    chain: tuple[tuple[Step, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class Album:
    """What was shown before, and the pictures that we hold of all that a page names, by content hash."""

    versions: Sequence[Version]
    pictures: Mapping[str, Picture]


class Showing:
    """Looks it up. No platform is asked, and nothing is written."""

    def __init__(
        self, repository: Repository, rules: Rules, schedule: Schedule, now: Callable[[], datetime]
    ) -> None:
        self._repository = repository
        self._rules = rules
        self._schedule = schedule
        self._now = now

    def show(self, talent_id: str) -> Shown:
        """Everything about one talent as they are.

        Raises:
            TalentNotFound: there is no such talent.
        """
        record = self._repository.load(talent_id)
        content_hash = record.selection.content_hash
        picture = self._repository.picture(content_hash) if content_hash else None
        now, since = self._now(), self._schedule.looked_since()
        standing = state_of(record, self._rules, now, looked_since=since)
        chain = tuple(
            (step, self._schedule.next_check(record, step)) for step in explain(record, self._rules, now)
        )
        return Shown(record, picture, standing, chain)

    def album(self, shown: Shown) -> Album:
        """What was shown before of somebody who was just looked up, and all pictures."""
        versions = self._versions(shown.record)
        found = {name: self._repository.picture(name) for name in _named(shown.record, versions)}
        return Album(versions, {name: picture for name, picture in found.items() if picture})

    def may_be_seen(self, talent_id: str) -> set[str]:
        """The hashes of the pictures of a talent that whoever sees their page may see.

        Raises:
            TalentNotFound: there is no such talent.
        """
        record = self._repository.load(talent_id)
        return _named(record, self._versions(record))

    def _versions(self, record: TalentRecord) -> Sequence[Version]:
        history = self._repository.history(record.talent.id, limit=MOST_VERSIONS + 1)
        is_whole = len(history) <= MOST_VERSIONS
        return versions_of(history, record.selection, is_whole=is_whole)[:MOST_VERSIONS]


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
