"""A person chooses the picture of a talent, or takes the choice back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import ObjectError, PictureError, TryLater, UsageError
from talentimg.http.links import without_secrets
from talentimg.models import DOUBTFUL_PICTURES, MANUAL, USELESS_PICTURES, Action, Choice, Reason, Selection
from talentimg.models.question import question_of
from talentimg.providers.interface import RemotePicture
from talentimg.service.decision import observe
from talentimg.service.decision.resolver import CONFLICT_RETRIES
from talentimg.service.people.decisions import Said
from talentimg.service.people.insisting import keeps_changing
from talentimg.service.people.rules import check_unlocked, check_wanted
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Candidate, TalentRecord
    from talentimg.repository.interface import Repository
    from talentimg.service.lookup.pictures import Pictures
    from talentimg.service.people.decisions import Decided, Decisions
    from talentimg.service.results import StoredPicture

OURS: Final = frozenset({Reason.STORAGE, Reason.PROCESSING})
"""Trouble of a picture that says nothing of the picture."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A picture that a person brings: its bytes with the name of a file, or the address where it is."""

    name: str
    body: bytes | None = field(default=None, repr=False)

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
        now: Callable[[], datetime],
        max_bytes: int,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where talents are looked up.
            decisions: writes what is decided.
            open_pictures: opens what fetches, checks and stores pictures.
            now: the clock.
            max_bytes: a larger picture is refused, wherever it comes from.
        """
        self._repository = repository
        self._decisions = decisions
        self._open_pictures = open_pictures
        self._now = now
        self._max_bytes = max_bytes

    async def choose(self, talent_id: str, brought: Brought, *, by: str, why: str | None = None) -> Decided:
        """Show a picture that a person brings, until `unset`, whatever the sources offer.

        Nothing is fetched but the picture, if it is an address: through the guarded client, as a talent may
        have given it. Its bytes are stored before any row names them.

        Raises:
            TalentNotFound: there is no such talent.
            UsageError: it is no picture that can be shown; or the talent has a lock, or wants none.
            TryLater: its server gave no usable answer for now.
            ObjectError: it could not be stored.
        """
        _check(await in_thread(self._repository.load, talent_id), self._now())
        check_size(brought.told, brought.body or b"", self._max_bytes)
        async with self._open_pictures() as pictures:
            await pictures.check_store()
            for _ in range(CONFLICT_RETRIES):
                # Each time anew: a sweep may have been about to remove the same picture, which nobody used.
                stored = await self._stored(pictures, brought)
                decided = await in_thread(self._decide, talent_id, brought, stored, by, why)
                if decided is not None:
                    return decided
        raise keeps_changing(talent_id)

    def _decide(
        self, talent_id: str, brought: Brought, stored: StoredPicture, by: str, why: str | None
    ) -> Decided | None:
        said = Said(Action.SET, by, why, {"picture": brought.told, "hash": stored.content_hash})

        def chosen(record: TalentRecord, at: datetime) -> TalentRecord:
            _check(record, at)
            policy = replace(record.policy, choice=Choice(by, at, why))
            candidate = _candidate(record, brought, stored, at)
            return replace(record, policy=policy, candidates={**record.candidates, MANUAL: candidate})

        return self._decisions.attempt(talent_id, said, chosen, picture=stored.picture)

    def unset(self, talent_id: str, *, by: str, why: str | None = None) -> Decided:
        """Take the choice back, and show at once what the sources are known to offer.

        Raises:
            TalentNotFound: there is no such talent.
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

        return self._decisions.carry_out(talent_id, Said(Action.UNSET, by, why), unset)

    async def _stored(self, pictures: Pictures, brought: Brought) -> StoredPicture:
        try:
            if brought.body is not None:
                return await pictures.keep(brought.body, self._now(), source=MANUAL)
            remote = RemotePicture((brought.name,))
            return await pictures.ensure_stored(remote, None, self._now(), source=MANUAL)
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
