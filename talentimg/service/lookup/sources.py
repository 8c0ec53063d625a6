"""Asks one source about one talent, and turns the answer into a candidate."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import PictureError, ProviderError, SourceError
from talentimg.http.gravatars import without_drawing
from talentimg.http.links import host_in
from talentimg.models import USER, Attempt, Reason, State
from talentimg.models.question import handle_key, is_another_name, question_of
from talentimg.providers.interface import Absent, Found, RemotePicture
from talentimg.service.decision import observe
from talentimg.service.lookup.batching import Batcher
from talentimg.service.lookup.gate import PICTURES
from talentimg.service.results import Known, SourceResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from talentimg.models import Account, Candidate, TalentRecord
    from talentimg.providers.interface import Provider
    from talentimg.service.lookup.allowance import Allowance
    from talentimg.service.lookup.pictures import Pictures
    from talentimg.service.results import LookResult, StoredPicture

STALE_ADDRESS: Final = frozenset({Reason.STATUS, Reason.MISSING})
"""The picture's address no longer works although the profile is fine: the profile is asked once more."""
SECOND_TRY: Final = timedelta(seconds=2)
"""How long a host of pictures that throttles us without naming a time is left alone before one more try."""


class Sources:
    """Asks platforms through their providers, politely, and fetches the pictures that they name."""

    def __init__(
        self,
        *,
        provider_for: Callable[[str], Provider | None],
        pictures: Pictures,
        allowance: Allowance,
        now: Callable[[], datetime],
        renew_address: bool,
    ) -> None:
        self._provider_for = provider_for
        self._pictures = pictures
        self._now = now
        self._renew_address = renew_address
        self._batchers: dict[str, Batcher] = {}
        self._has_more: Callable[[], bool] = _never
        self.allowance = allowance
        self.suspected = pictures.suspected

    async def check_store(self) -> None:
        """Find out whether pictures can be kept, before any platform is asked for one in vain.

        Raises:
            TalentimgError: they cannot.
        """
        await self._pictures.check_store()

    @contextmanager
    def expecting(self, has_more: Callable[[], bool]) -> Iterator[None]:
        """In this context, calls that are not full wait for more talents while `has_more` says so."""
        self._has_more = has_more
        try:
            yield
        finally:
            self._has_more = _never

    @property
    def waiting(self) -> int:
        """Talents who wait for a call that is not full yet."""
        return sum(batcher.waiting for batcher in self._batchers.values())

    async def ask(self, record: TalentRecord, source: str, *, force: bool = False) -> SourceResult:
        """Ask one source. Trouble of any kind is recorded in the candidate and not raised."""
        began = monotonic()
        try:
            answer = await self._answer(record, source)
            if isinstance(answer, Absent):
                return self._absent(record, source, answer, monotonic() - began)
            stored, answer = await self._obtain(record, source, answer, force=force)
        except _NothingThere as error:
            return self._nothing_there(record, source, error, monotonic() - began)
        except SourceError as error:
            return self._trouble(record, source, error, monotonic() - began)
        look = self._look(record, source, asked=answer.asked, user_id=answer.user_id)
        account = record.talent.account(source)
        look = replace(look, note=_note(account, answer))
        candidate = observe.found(
            record.candidates.get(source), look, stored, renew_address=self._renew_address
        )
        attempt = _attempt(candidate, monotonic() - began)
        attempt = replace(attempt, detail=None) if _is_told(account, answer) else attempt
        return SourceResult(candidate, attempt, stored.picture, stored.likeness, answer.handle)

    async def look_after(self, look: LookResult, *, stays: bool = False) -> None:
        """Make sure that what may stay shown is really stored, although no source gave it in this look.

        With `stays` that is so although its source gave another picture, which waits. If it had to be made
        anew, the look rests on what is no longer so, and has to be repeated.
        """
        if look.before.policy.is_locked(self._now()):
            return
        for content_hash, seen_at in _not_given(look, stays=stays).items():
            await self._pictures.mend(content_hash, self._now(), seen_at=seen_at)

    # -- asking -----------------------------------------------------------------------

    async def _answer(self, record: TalentRecord, source: str) -> Found | Absent:
        if source == USER:
            return _user_avatar(record)
        account = record.talent.account(source)
        provider = self._provider_for(source)
        if account is None or provider is None:
            raise ProviderError(f"No provider supports {source}.", reason=Reason.UNSUPPORTED, tries=0)
        return await self._batcher(source, provider).ask(account)

    def _batcher(self, platform: str, provider: Provider) -> Batcher:
        if platform not in self._batchers:
            self._batchers[platform] = Batcher(provider, self.allowance, expects_more=self._expects_more)
        return self._batchers[platform]

    def _expects_more(self) -> bool:
        return self._has_more()

    async def _obtain(
        self, record: TalentRecord, source: str, answer: Found, *, force: bool
    ) -> tuple[StoredPicture, Found]:
        """The picture that an answer names. If its address no longer works, a new one is asked for once.

        Raises:
            _NothingThere: there is nothing at the address, and nobody has another one.
            SourceError: the picture could not be had.
        """
        known = _known(record, source)
        try:
            return await self._fetch_when_allowed(source, answer, known, force=force), answer
        except PictureError as error:
            if error.reason not in STALE_ADDRESS:
                raise
            stale = error
        second = answer if source == USER else await self._answer(record, source)
        if isinstance(second, Absent):
            raise PictureError("The picture was removed while it was being fetched.", reason=Reason.STATUS)
        if stale.reason is Reason.MISSING and self._is_last_word(source, answer, second):
            raise _NothingThere(stale, answer)
        if source == USER:
            raise stale
        return await self._fetch_when_allowed(source, second, known, force=force), second

    def _is_last_word(self, source: str, first: Found, second: Found) -> bool:
        """Whether a missing picture was named by a person or their own server, and not by a platform.

        A large platform's host of pictures that says 404 is more likely to be out of order.
        """
        provider = self._provider_for(source)
        if provider is not None and provider.info.picture_hosts:
            return False
        return second.picture == first.picture

    async def _fetch_when_allowed(
        self, source: str, answer: Found, known: Known, *, force: bool
    ) -> StoredPicture:
        """Fetch the picture, after a short pause if its host wants one."""
        # Picture hosts have their own limits, besides those of the platform's API.
        host = host_in(answer.picture.urls[-1])
        is_second = False
        while True:
            key = f"{PICTURES}:{host}"
            await self.allowance.wait_until_ready(key, f"The picture host {host}")
            try:
                return await self._pictures.ensure_stored(
                    answer.picture, known, self._now(), source=source, force=force
                )
            except SourceError as error:
                if error.reason is not Reason.THROTTLED:
                    raise
                host = (error.host if isinstance(error, PictureError) else None) or host
                key = f"{PICTURES}:{host}"
                if not is_second and await self._may_try_again_soon(key, error):
                    is_second = True
                    continue
                cooldown = await self.allowance.pacing.start_cooldown(key, error)
                error.retry_at = cooldown.until
                if not self.allowance.reserve_wait(cooldown):
                    raise

    async def _may_try_again_soon(self, key: str, error: SourceError) -> bool:
        """After a refusal that names no time: most hosts that give none only want fewer requests at once."""
        if error.retry_at is not None:
            return False
        pacing = self.allowance.pacing
        soon = PictureError(error.message, reason=error.reason, retry_at=pacing.now() + SECOND_TRY)
        return self.allowance.reserve_wait(await pacing.start_cooldown(key, soon))

    # -- the result ----------------------------------------------------------------------

    def _look(
        self,
        record: TalentRecord,
        source: str,
        *,
        asked: str | None = None,
        tries: int = 1,
        user_id: str | None = None,
    ) -> observe.Look:
        question = question_of(record.talent, source)
        return observe.Look(record.talent.id, source, self._now(), asked, tries, user_id, question)

    def _absent(self, record: TalentRecord, source: str, answer: Absent, seconds: float) -> SourceResult:
        look = self._look(record, source, asked=answer.asked, user_id=answer.user_id)
        candidate = observe.absent(record.candidates.get(source), look, answer.reason, answer.detail)
        return SourceResult(candidate, _attempt(candidate, seconds))

    def _nothing_there(
        self, record: TalentRecord, source: str, error: _NothingThere, seconds: float
    ) -> SourceResult:
        look = self._look(record, source, asked=error.named.asked, user_id=error.named.user_id)
        detail = f"{error.missing.message} Nobody names another address of the picture."
        candidate = observe.absent(record.candidates.get(source), look, Reason.NO_PICTURE, detail)
        return SourceResult(candidate, _attempt(candidate, seconds))

    def _trouble(self, record: TalentRecord, source: str, error: SourceError, seconds: float) -> SourceResult:
        known = record.candidates.get(source)
        account = record.talent.account(source)
        asked = f"{source}: {account.handle}" if account is not None and error.tries else None
        answered_by = error.answered_by if isinstance(error, ProviderError) else None
        look = self._look(record, source, asked=asked, tries=error.tries, user_id=answered_by)
        detail = f"{error.message} {error.hint}" if error.hint else error.message
        candidate = observe.trouble(known, look, error.reason, detail, error.retry_at)
        return SourceResult(candidate, _attempt(candidate, seconds))


class _NothingThere(Exception):
    """The picture's host says that there is nothing at its address, which nobody can renew."""

    def __init__(self, missing: PictureError, named: Found) -> None:
        super().__init__(missing.message)
        self.missing = missing
        self.named = named


def _known(record: TalentRecord, source: str) -> Known:
    """What a source offered before, with the row of our copy, which the record has brought."""
    candidate = record.candidates.get(source)
    return Known(candidate, record.pictures.get(candidate.content_hash or "") if candidate else None)


def _note(account: Account | None, answer: Found) -> str | None:
    """What a person should know of an account whose picture is fine: it has moved, or has another name."""
    if answer.note or account is None or not is_another_name(account, answer.handle):
        return answer.note
    return f"The account is now called {answer.handle}, and the roster still calls it {account.handle}."


def _is_told(account: Account | None, answer: Found) -> bool:
    """Whether all that is to be told is a new name, and an earlier look has told it."""
    if answer.note or account is None or account.renamed_to is None:
        return False
    return handle_key(account.renamed_to) == handle_key(answer.handle or "")


def _not_given(look: LookResult, *, stays: bool) -> dict[str, datetime | None]:
    """What is shown, and earlier pictures of sources in trouble, each with when it was last seen whole."""
    given = {r.candidate.source: r.candidate for r in look.results if r.candidate.state is State.FOUND}
    shown = look.before.selection
    found = {s for s, c in given.items() if not stays or c.content_hash == shown.content_hash}
    known = look.before.candidates
    hashes = {} if shown.source in found else {shown.content_hash: known.get(shown.source)}
    hashes |= {r.candidate.content_hash: r.candidate for r in look.results if r.candidate.source not in found}
    return {
        content_hash: candidate.found_at if candidate and candidate.content_hash == content_hash else None
        for content_hash, candidate in hashes.items()
        if content_hash is not None
    }


def _never() -> bool:
    return False


def _user_avatar(record: TalentRecord) -> Found:
    """The user's own avatar: the roster has its address, so nobody needs to be asked."""
    # Many apps write a Gravatar's address for everybody, whether they have a picture there or not.
    url = without_drawing(record.talent.avatar_url or "")
    return Found(RemotePicture((url,)), asked="user: the avatar in the roster")


def _attempt(candidate: Candidate, seconds: float) -> Attempt:
    return Attempt(
        source=candidate.source,
        state=candidate.state,
        reason=candidate.reason,
        detail=candidate.detail,
        asked=candidate.asked,
        tries=candidate.tries,
        seconds=round(seconds, 3),
        retry_at=candidate.next_due_at,
    )
