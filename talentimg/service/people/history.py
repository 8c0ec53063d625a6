"""What was shown for a talent and who said what, and the way back to an earlier picture."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import UsageError
from talentimg.models import INITIALS, MANUAL, Action, Candidate, Choice, Lock, State
from talentimg.models.audit import HASH, SOURCE, VERSION
from talentimg.service.decision.in_force import went_back_to
from talentimg.service.decision.said import who_when_why
from talentimg.service.decision.versions import BEFORE_ALL, before, versions_of
from talentimg.service.lookup.placeholders import SEE_PLACEHOLDERS, suspected_as
from talentimg.service.lookup.rejected import rejected_since
from talentimg.service.people.decisions import Said
from talentimg.service.people.edition import check_edition
from talentimg.service.people.rules import check_unlocked, check_wanted
from talentimg.store.forms import is_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import AuditEntry, Picture, Review, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.decision.resolver import Resolver
    from talentimg.service.decision.versions import Version
    from talentimg.service.people.decisions import Decided, Decisions
    from talentimg.service.people.edition import Editions
    from talentimg.store.interface import ObjectStore

LONGEST: Final = 10_000
"""How many changes of one talent are looked through at most for a version to go back to."""
"""Under which name an entry of what people said holds the number of the version that they went back to."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: a person said something, what is shown changed, or the one brought the other.

    `action` is what the person did, None where nobody said anything. `at` is None where the time is unknown.
    `version` is what came to be shown, None if that stayed as it was.
    """

    at: datetime | None
    by: str
    why: str | None = None
    action: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    version: Version | None = None


class History:
    """Tells it, and goes back. Nothing is ever fetched."""

    def __init__(
        self,
        *,
        repository: Repository,
        store: ObjectStore,
        resolver: Resolver,
        decisions: Decisions,
        now: Callable[[], datetime],
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: what was shown and said.
            store: where the forms of pictures are.
            resolver: knows the address of our copies.
            decisions: writes what is decided.
            now: the clock.
        """
        self._repository = repository
        self._store = store
        self._resolver = resolver
        self._decisions = decisions
        self._now = now

    def events(self, talent_id: str, *, limit: int) -> list[Event]:
        """The latest of what was shown and what people said, newest first.

        Raises:
            TalentNotFound: there is no such talent.
        """
        record = self._repository.load(talent_id)
        history = self._repository.history(talent_id, limit=limit + 1)
        versions = versions_of(history, record.selection, is_whole=len(history) <= limit)
        return merged(versions, self._repository.audit(talent_id, limit=limit))[:limit]

    def current(self, talent_id: str) -> Version:
        """What is shown now.

        Raises:
            TalentNotFound: there is no such talent.
        """
        record = self._repository.load(talent_id)
        latest = self._repository.history(talent_id, limit=1)
        return versions_of(latest, record.selection, is_whole=not latest)[0]

    def page(
        self, talent_id: str, *, limit: int, before: datetime | None = None
    ) -> tuple[list[Event], datetime | None]:
        """What happened before a time, newest first, and the time before which it goes on, if it does.

        What happened in one millisecond is told at once, even if that is more than `limit`.

        Raises:
            TalentNotFound: there is no such talent.
        """
        return page_of(self.events(talent_id, limit=LONGEST), limit, before)

    def rollback(
        self,
        talent_id: str,
        to: int | None = None,
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Show again what was shown before, and lock it, so that the next look does not take it away again.

        Args:
            talent_id: whose picture.
            to: the number of a version; by default the one before what is shown that nobody has rejected
                since. After a rollback, that is the one before the version that it went back to.
            by: who says so.
            why: the reason, if it is told.
            editions: those of the talent that the person may have seen.

        Raises:
            TalentNotFound: there is no such talent.
            EditedMeanwhile: the talent is in none of them.
            UsageError: there is no such version, or nothing is left of its picture, or a person has rejected
                it; the talent has a lock that is no rollback's, or wants no picture from there.
            ObjectError: the store cannot tell whether it is there.
        """
        record = self._repository.load(talent_id)
        check_edition(record, editions)
        # Found once: if a sync is faster, it is still the version that the person saw.
        version = self._wanted(record, to)
        picture = self._picture(version)
        about = {VERSION: str(version.number), HASH: version.content_hash or "", **_chosen(version)}
        said = Said(Action.ROLLBACK, by, why, about, editions=editions)

        def went_back(record: TalentRecord, at: datetime) -> TalentRecord:
            if self._rollback_in_force(record) is None:
                check_unlocked(record, at)
            check_wanted(record, version.source)
            self._check_rejected(record, version)
            return self._shown_again(record, version, picture, said, at)

        return self._decisions.carry_out(talent_id, said, went_back)

    def _rollback_in_force(self, record: TalentRecord) -> AuditEntry | None:
        """The rollback whose lock it is that holds, if it is one's."""
        lock = record.policy.lock
        if lock is None or not record.policy.is_locked(self._now()):
            return None
        said = self._repository.audit(record.talent.id, limit=LONGEST)
        return next((e for e in said if e.action == Action.ROLLBACK and e.at == lock.at), None)

    def _wanted(self, record: TalentRecord, to: int | None) -> Version:
        history = self._repository.history(record.talent.id, limit=LONGEST)
        versions = versions_of(history, record.selection, is_whole=len(history) < LONGEST)
        found = self._before(record, versions) if to is None else _numbered(versions, to)
        if found is None:
            raise UsageError(
                "Nothing else was shown before."
                if to is None
                else f"{record.talent.name} has no version {to}.",
                hint=f"See the versions and their numbers with: talentimg history {record.talent.id}",
            )
        if (found.source, found.content_hash) == (record.selection.source, record.selection.content_hash):
            raise UsageError(
                f"Version {found.number} is what is shown.",
                hint=f"To keep it so: talentimg lock {record.talent.id}",
            )
        return found

    def _before(self, record: TalentRecord, versions: Sequence[Version]) -> Version | None:
        """The version before what is shown; after a rollback, before the one that it went back to.

        What a person has rejected since is passed over.
        """
        in_force = self._rollback_in_force(record)
        since = in_force.about.get(VERSION) if in_force else None
        places = (i for i, one in enumerate(versions) if str(one.number) == since)
        earlier = before(versions, next(places, 0))
        return next((one for one in earlier if self._rejected(record, one) is None), None)

    def _rejected(self, record: TalentRecord, version: Version) -> Review | None:
        return rejected_since(self._repository, record, version.content_hash)

    def _check_rejected(self, record: TalentRecord, version: Version) -> None:
        """Refuse to go back to what a person has rejected, and name their word."""
        if (review := self._rejected(record, version)) is None:
            return
        said = who_when_why(review.decided_by, review.decided_at, review.why)
        raise UsageError(
            f"The picture of version {version.number} was rejected {said}.",
            hint="If it is a good one after all: talentimg review approve "
            f"{record.talent.id} --hash {review.content_hash[:12]}",
        )

    def _picture(self, version: Version) -> Picture | None:
        """The picture of a version, every form of which is there; None for initials."""
        if version.source == INITIALS:
            return None
        name = f"the picture of version {version.number}" if version.number else "what was shown before"
        picture = self._repository.picture(version.content_hash) if version.content_hash else None
        if picture is None or not is_whole(self._store, picture, seen_at=picture.created_at):
            raise UsageError(
                f"Of {name} there is no whole copy in the store.",
                hint="`talentimg history` draws those that are there; nothing has changed.",
            )
        if suspected_as(self._repository.suspects(), version.source, picture) is not None:
            raise UsageError(f"It is a placeholder: {name}.", hint=SEE_PLACEHOLDERS)
        return picture

    def _shown_again(
        self, record: TalentRecord, version: Version, picture: Picture | None, said: Said, now: datetime
    ) -> TalentRecord:
        after = replace(
            record, selection=self._resolver.shown_again(record.talent.id, version), overwritten=None
        )
        if version.source == MANUAL and picture is not None:  # what was chosen is chosen again
            chosen = _chosen_again(record, picture, version, now)
            choice = Choice(said.by, now, said.why)
            after = replace(
                after,
                candidates={**record.candidates, MANUAL: chosen},
                policy=replace(record.policy, choice=choice),
            )
        lock = Lock(said.by, now, went_back_to(said.about[VERSION], said.why))
        return replace(after, policy=replace(after.policy, lock=lock))


def _chosen(version: Version) -> dict[str, str]:
    """That the picture is one that a person had chosen, as going back chooses it again."""
    return {SOURCE: MANUAL} if version.source == MANUAL else {}


def page_of(
    events: Sequence[Event], limit: int, before: datetime | None
) -> tuple[list[Event], datetime | None]:
    """The first of these events before a time, and where to go on. Times count in milliseconds, as told."""
    left = [e for e in events if before is None or e.at is None or _to_the_ms(e.at) < _to_the_ms(before)]
    page = left[:limit]
    last = page[-1].at if page else None
    if last is None:
        return page, None
    same = (e for e in left[limit:] if e.at is not None and _to_the_ms(e.at) == _to_the_ms(last))
    page += same
    return page, _to_the_ms(last) if len(page) < len(left) else None


def _to_the_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def merged(versions: Sequence[Version], said: Sequence[AuditEntry]) -> list[Event]:
    """What was shown and what was said as one story, newest first.

    A person's word that changed what is shown is one event. Nothing is told of the time before the first
    version, but what another program showed then.
    """
    left = list(said)
    shown = [_event(version, _taken(left, version)) for version in versions if not _is_nothing(version)]
    return _in_order(shown, [Event(e.at, e.by, e.why, e.action, e.about) for e in left])


def _taken(said: list[AuditEntry], version: Version) -> AuditEntry | None:
    """The word that brought a version, taken out of the others: it was written with it, at the same time.

    That a platform calls an account otherwise brings nothing.
    """
    same = (i for i, e in enumerate(said) if (e.at, e.by) == (version.at, version.by))
    same = (i for i in same if said[i].action != Action.RENAMED)
    place = next(same, None)
    return None if place is None else said.pop(place)


def _in_order(shown: Sequence[Event], rest: Sequence[Event]) -> list[Event]:
    """Two stories in the order of their times. What has no time stays beside what came after it."""
    left = list(rest)
    found: list[Event] = []
    for event in shown:
        while event.at and left and left[0].at and left[0].at >= event.at:
            found.append(left.pop(0))
        found.append(event)
    return [*found, *left] if not shown or shown[-1].at else [*found[:-1], *left, found[-1]]


def _event(version: Version, entry: AuditEntry | None) -> Event:
    if entry is None:
        return Event(version.at, version.by, version.why, version=version)
    return Event(version.at, entry.by, entry.why, entry.action, entry.about, version)


def _is_nothing(version: Version) -> bool:
    """Whether it is the time before everything, when there was no picture yet."""
    return version.number == BEFORE_ALL and version.source == INITIALS and not version.is_shown


def _numbered(versions: Sequence[Version], number: int) -> Version | None:
    return next((one for one in versions if one.number == number), None)


def _chosen_again(record: TalentRecord, picture: Picture, version: Version, now: datetime) -> Candidate:
    return Candidate(
        record.talent.id,
        MANUAL,
        State.FOUND,
        content_hash=picture.content_hash,
        source_hash=picture.source_hash,
        picture_url=version.url,
        checked_at=now,
        found_at=now,
        question=MANUAL,
    )
