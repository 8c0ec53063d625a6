"""A person chooses the picture of a talent, or takes the choice back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import ObjectError, PictureError, TryLater, UsageError
from talentimg.http.links import without_secrets
from talentimg.models import (
    DOUBTFUL_PICTURES,
    MANUAL,
    USELESS_PICTURES,
    Action,
    Candidate,
    Choice,
    Reason,
    Selection,
    State,
)
from talentimg.models.audit import HASH, PLATFORM
from talentimg.models.question import question_of
from talentimg.providers.interface import RemotePicture
from talentimg.service.decision import observe
from talentimg.service.decision.resolver import CONFLICT_RETRIES
from talentimg.service.lookup.placeholders import SEE_PLACEHOLDERS, suspected_as
from talentimg.service.lookup.rejected import rejected_since
from talentimg.service.people.decisions import Said
from talentimg.service.people.edition import check_edition
from talentimg.service.people.insisting import keeps_changing
from talentimg.service.people.rules import check_unlocked, check_wanted
from talentimg.service.results import Known
from talentimg.service.threads import in_thread
from talentimg.store.forms import is_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Part, Picture, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.lookup.pictures import Pictures
    from talentimg.service.people.decisions import AfterOf, Decided, Decisions
    from talentimg.service.people.edition import Editions
    from talentimg.service.results import StoredPicture
    from talentimg.store.interface import ObjectStore

OURS: Final = frozenset({Reason.STORAGE, Reason.PROCESSING})
"""Trouble of a picture that says nothing of the picture."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A picture that a person brings: its bytes with the name of a file, or the address where it is.

    `part` is the square of it that they have marked, if they have.
    """

    name: str
    body: bytes | None = field(default=None, repr=False)
    part: Part | None = None

    @property
    def told(self) -> str:
        """The name as it may be kept and shown."""
        return self.name if self.body is not None else without_secrets(self.name)


class Choosing:
    """Has the picture checked and stored as any other, and then shown until it is taken back."""

    def __init__(
        self,
        *,
        repository: Repository,
        decisions: Decisions,
        open_pictures: Callable[[], AbstractAsyncContextManager[Pictures]],
        store: Callable[[], ObjectStore],
        now: Callable[[], datetime],
        max_bytes: int,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where talents are looked up.
            decisions: writes what is decided.
            open_pictures: opens what fetches, checks and stores pictures.
            store: where our copies are.
            now: the clock.
            max_bytes: a larger picture is refused, wherever it comes from.
        """
        self._repository = repository
        self._decisions = decisions
        self._open_pictures = open_pictures
        self._store = store
        self._now = now
        self._max_bytes = max_bytes

    async def choose(
        self,
        talent_id: str,
        brought: Brought,
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Show a picture that a person brings, until `unset`, whatever the sources offer.

        Nothing is fetched but the picture, if it is an address: through the guarded client, as a talent may
        have given it. Its bytes are stored before any row names them.

        Raises:
            TalentNotFound: there is no such talent.
            EditedMeanwhile: the talent is in none of the editions that the person may have seen.
            UsageError: it is no picture that can be shown; or the talent has a lock, or wants none.
            TryLater: its server gave no usable answer for now.
            ObjectError: it could not be stored.
        """
        record = await in_thread(self._repository.load, talent_id)
        check_edition(record, editions)
        _check(record, self._now())
        check_size(brought.told, brought.body or b"", self._max_bytes)
        async with self._open_pictures() as pictures:
            await pictures.check_store()
            for _ in range(CONFLICT_RETRIES):
                # Each time anew: a sweep may have been about to remove the same picture, which nobody used.
                stored = await self._stored(pictures, brought)
                said = Said(Action.SET, by, why, _about(brought, stored), editions=editions)
                decided = await in_thread(self._decide, talent_id, brought, stored, said)
                if decided is not None:
                    return decided
        raise keeps_changing(talent_id)

    def _decide(self, talent_id: str, brought: Brought, stored: StoredPicture, said: Said) -> Decided | None:
        def chosen(record: TalentRecord, at: datetime) -> TalentRecord:
            _check(record, at)
            return _with(record, _candidate(record, brought, stored, at), said, at)

        return self._decisions.attempt(talent_id, said, chosen, picture=stored.picture)

    def choose_from(
        self,
        talent_id: str,
        source: str,
        *,
        by: str,
        why: str | None = None,
        editions: Editions = None,
    ) -> Decided:
        """Show the picture that another source is known to offer, until `unset`. Nothing is fetched.

        Raises:
            TalentNotFound: there is no such talent.
            EditedMeanwhile: the talent is in none of the editions that the person may have seen.
            UsageError: no whole picture from there is stored, it is a placeholder or rejected; or the talent
                has a lock, or wants none from there.
            ObjectError: the store cannot tell whether it is there.
        """
        for _ in range(CONFLICT_RETRIES):
            record = self._repository.load(talent_id)
            check_edition(record, editions)
            picture = self._offered(record, source)
            about = {PLATFORM: source, HASH: picture.content_hash}
            said = Said(Action.SET, by, why, about, editions=editions)
            decided = self._decisions.attempt(talent_id, said, self._chosen_from(source, picture, said))
            if decided is not None:
                return decided
        raise keeps_changing(talent_id)

    def _chosen_from(self, source: str, picture: Picture, said: Said) -> AfterOf:
        def chosen(record: TalentRecord, at: datetime) -> TalentRecord:
            _check(record, at)
            check_wanted(record, source)
            offered = record.candidates.get(source)
            if offered is None or offered.content_hash != picture.content_hash:
                raise _not_held(record, source)
            return _with(record, _as_chosen(offered, at), said, at)

        return chosen

    def _offered(self, record: TalentRecord, source: str) -> Picture:
        """The picture of a source, every form of which is there, and which somebody may want to see."""
        _check(record, self._now())
        check_wanted(record, source)
        offered = record.candidates.get(source) if source != MANUAL else None
        content_hash = offered.content_hash if offered else None
        picture = self._repository.picture(content_hash) if content_hash else None
        if picture is None or not is_whole(self._store(), picture, seen_at=picture.created_at):
            raise _not_held(record, source)
        if suspected_as(self._repository.suspects(), source, picture) is not None:
            raise UsageError(f"The picture from {source} is a placeholder.", hint=SEE_PLACEHOLDERS)
        if rejected_since(self._repository, record, content_hash) is not None:
            raise UsageError(
                f"A person has rejected the picture from {source}.",
                hint="If it is a good one after all: talentimg review approve "
                f"{record.talent.id} --hash {picture.content_hash[:12]}",
            )
        return picture

    def unset(self, talent_id: str, *, by: str, why: str | None = None, editions: Editions = None) -> Decided:
        """Take the choice back, and show at once what the sources are known to offer.

        Raises:
            TalentNotFound: there is no such talent.
            EditedMeanwhile: the talent is in none of the editions that the person may have seen.
            UsageError: the talent has a lock.
        """

        def unset(record: TalentRecord, at: datetime) -> TalentRecord:
            is_shown = record.selection.source == MANUAL and record.selection.has_picture
            if not (record.policy.choice or MANUAL in record.candidates or is_shown):
                return record
            check_unlocked(record, at)
            return replace(
                record,
                policy=replace(record.policy, choice=None),
                candidates={source: c for source, c in record.candidates.items() if source != MANUAL},
                selection=Selection() if is_shown else record.selection,
            )

        return self._decisions.carry_out(talent_id, Said(Action.UNSET, by, why, editions=editions), unset)

    async def _stored(self, pictures: Pictures, brought: Brought) -> StoredPicture:
        try:
            now, part = self._now(), brought.part
            if brought.body is not None:
                return await pictures.keep(brought.body, now, source=MANUAL, part=part)
            remote = RemotePicture((brought.name,))
            return await pictures.ensure_stored(remote, Known(), now, source=MANUAL, part=part)
        except PictureError as error:
            raise _of_the_person(brought, error) from None


def check_size(name: str, body: bytes, most: int) -> None:
    """Refuse bytes that nobody would fetch either.

    Raises:
        UsageError: there are too many of them.
    """
    if len(body) > most:
        raise UsageError(
            f"{name} is larger than {most} bytes.", hint="Save it smaller, or raise http.max_picture_bytes."
        )


def _check(record: TalentRecord, now: datetime) -> None:
    check_unlocked(record, now)
    check_wanted(record, MANUAL)


def _about(brought: Brought, stored: StoredPicture) -> dict[str, str]:
    part = {"square": str(brought.part)} if brought.part else {}
    return {"picture": brought.told, HASH: stored.content_hash, **part}


def _with(record: TalentRecord, candidate: Candidate, said: Said, at: datetime) -> TalentRecord:
    """The talent with the picture that a person has chosen."""
    policy = replace(record.policy, choice=Choice(said.by, at, said.why))
    return replace(record, policy=policy, candidates={**record.candidates, MANUAL: candidate})


def _as_chosen(offered: Candidate, at: datetime) -> Candidate:
    """What a source offers as a person's choice. An address that runs out is none that may go on standing."""
    return Candidate(
        offered.talent_id,
        MANUAL,
        State.FOUND,
        asked=f"{MANUAL}: the picture from {offered.source}",
        content_hash=offered.content_hash,
        source_hash=offered.source_hash,
        picture_url=None if offered.url_expires_at else offered.picture_url,
        checked_at=at,
        found_at=at,
        question=MANUAL,
    )


def _not_held(record: TalentRecord, source: str) -> UsageError:
    return UsageError(
        f"No picture from {source} is stored for {record.talent.name}.",
        hint=f"Those that are there: talentimg show {record.talent.id} --why",
    )


def _candidate(record: TalentRecord, brought: Brought, stored: StoredPicture, now: datetime) -> Candidate:
    question = question_of(record.talent, MANUAL)
    asked = f"{MANUAL}: {brought.told}"
    look = observe.Look(record.talent.id, MANUAL, now, asked, question=question)
    return observe.found(None, look, stored, renew_address=False)


def _of_the_person(brought: Brought, error: PictureError) -> UsageError | TryLater | ObjectError:
    """The same trouble as the person who brought the picture has to hear of it."""
    message = f"{brought.told} cannot be shown: {error.message}"
    if error.reason in OURS:
        return ObjectError(message, hint=error.hint)
    if error.reason in USELESS_PICTURES | DOUBTFUL_PICTURES:
        return UsageError(message, hint=error.hint or "Bring another picture; nothing has changed.")
    return TryLater(message, hint=error.hint or "Try again later, or save the picture and give its file.")
