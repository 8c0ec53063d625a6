"""Keeps talents' own tokens usable: refreshes them in time, once, and saves the new one before it is used.

On some platforms a refresh token can be used only once: if its replacement is lost, so is the
talent's connection. So a refresh is never interrupted, its result is saved first, and if that
fails, the saving is retried later rather than the refresh.

Other processes refresh the same tokens, and people connect again meanwhile. A platform that is shown the same
refresh token twice may end the whole connection. So whoever refreshes has a turn, which is in the store and
nobody else's; the store is read with it, and again before a platform is believed that a grant has ended; a
token that somebody else wrote is used in place of ours.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from talentimg.errors import Misconfigured, ProviderError, RateLimited, ReconnectRequired
from talentimg.models import Reason, Token
from talentimg.providers.evidence import heard, words
from talentimg.providers.replies import raise_for_status, raise_if_throttled, read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from datetime import datetime

    from talentimg.models import Account
    from talentimg.providers.interface import ProviderContext, ProviderInfo
    from talentimg.providers.replies import Part
    from talentimg.providers.spoken import Spoken

REMEMBERED: Final = 10_000
"""How many replaced tokens are remembered, for callers that still have the old one."""
# https://www.rfc-editor.org/rfc/rfc6749#section-5.2; some answer with 200.
GRANT_ENDED: Final = words(200, 400, 401, error="invalid_grant")
_STORED_WITHIN: Final = timedelta(seconds=1)
"""Stores keep times less exactly than we know them."""
AGENCY_IS_WRONG: Final = words(
    *(200, 400, 401), error="invalid_client|unauthorized_client|invalid_request|unsupported_grant_type"
)


def refused(info: ProviderInfo, what: str, spoken: Spoken, *, tries: int = 1) -> ReconnectRequired:  # noqa: ARG001  the proof
    """The error for a token that the platform has refused in its own words, for which `spoken` stands.

    Any other refusal may come from something in between, and asking all talents to connect again because
    of that would be worse than waiting.
    """
    return reconnect(info, what, tries=tries)


def reconnect(info: ProviderInfo, what: str, *, tries: int = 1) -> ReconnectRequired:
    """The error for a token that has expired by our own clock."""
    return ReconnectRequired(what, hint=f"Ask the talent to connect {info.label} again.", tries=tries)


class Tokens:
    """The tokens of one provider's accounts.

    Args:
        context: the provider's.
        info: the provider's.
        margin: how long before its expiry a token is refreshed.
        refresh: requests a new token from the platform.
        refreshable: whether `refresh` can do anything for this token.
    """

    def __init__(
        self,
        context: ProviderContext,
        info: ProviderInfo,
        *,
        margin: timedelta,
        refresh: Callable[[Token], Awaitable[Token]],
        refreshable: Callable[[Token], bool] = lambda token: token.refresh_token is not None,
    ) -> None:
        self._context = context
        self._info = info
        self._margin = margin
        self._refresh = refresh
        self._refreshable = refreshable
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._newer: OrderedDict[str, Token] = OrderedDict()
        self._unsaved: dict[str, tuple[str, Token]] = {}

    async def usable(self, account: Account) -> Token:
        """The account's token, refreshed first if it is about to expire.

        A failed refresh does not matter while the old token is still valid, unless we are to slow down.

        Raises:
            RateLimited: the platform is rate-limiting us.
            ReconnectRequired: there is no token, or it has expired for good.
            ProviderError: it has expired and could not be refreshed now.
        """
        token = self._current(account)
        if not self._ends_within(token, self._margin):
            return token
        try:
            return await self._replaced(account, token)
        except RateLimited:
            raise
        except ProviderError:
            if self._ends_within(token, timedelta(0)):
                raise
            return token

    async def after_refusal(self, account: Account, token: Token, spoken: Spoken, *, tries: int) -> Token:
        """A replacement for the token that the platform has just refused in its own words.

        Raises:
            ReconnectRequired: there is none.
            ProviderError: it could not be refreshed now.
        """
        current = self._current(account)
        if current != token:
            return current
        if not self._refreshable(token):
            what = f"{self._info.label} no longer accepts the talent's token."
            raise refused(self._info, what, spoken, tries=tries)
        return await self._replaced(account, token)

    async def keep(self, account: Account) -> bool:
        """Renew the account's token if it is time, although nobody needs it now; whether it was time.

        Raises:
            ReconnectRequired: there is no token, or it has expired for good.
            ProviderError: it could not be refreshed now.
        """
        token = self._current(account)
        margin = self._info.renewed_before
        if margin is None or not self._ends_within(token, margin):
            return False
        await self._replaced(account, token)
        return True

    def _current(self, account: Account) -> Token:
        token = account.token
        if token is None or not token.access_token:
            raise ReconnectRequired(
                f"{self._info.label} requires the talent's own token, and there is none.",
                reason=Reason.NO_TOKEN,
                hint=f"Ask the talent to connect {self._info.label}.",
                tries=0,
            )
        while (newer := self._newer.get(token.access_token)) is not None:
            if newer.access_token == token.access_token:
                return newer
            token = newer
        return token

    def _ends_within(self, token: Token, span: timedelta) -> bool:
        return token.expires_at is not None and token.expires_at - self._context.now() <= span

    async def _replaced(self, account: Account, token: Token) -> Token:
        """One refresh for all concurrent callers."""
        lock = self._locks.setdefault(account.id, asyncio.Lock())
        async with lock:
            current = self._current(account)
            if current != token:
                return current
            return await _to_the_end(self._in_turn(account, token))

    async def _in_turn(self, account: Account, token: Token) -> Token:
        """Wait for the turn, and refresh the token unless somebody else has."""
        has_failed = True
        try:
            renewed = await self._awaited(account, token)
            has_failed = False
            return renewed
        finally:
            # What could not be saved yet is known here alone: nobody else may use the old one.
            if account.id not in self._unsaved:
                await self._context.tokens.end(account, failed=has_failed)

    async def _awaited(self, account: Account, token: Token) -> Token:
        if self._unsaved.get(account.id, ("", token))[0] == token.access_token:  # the turn is still ours
            return await self._replace(account, token)
        self._check_may_refresh()
        while True:
            theirs = await self._context.tokens.begin(replace(account, token=token))
            if theirs is None or _is_same(theirs, token):
                return await self._replace(account, token)
            self._remembered(token, theirs)
            if not self._ends_within(theirs, self._margin):
                return theirs
            token = theirs

    async def _replace(self, account: Account, token: Token) -> Token:
        old, new = self._unsaved.get(account.id, ("", token))
        if old != token.access_token:
            if not self._refreshable(token):
                raise reconnect(self._info, f"The talent's {self._info.label} token has expired.", tries=0)
            try:
                new = await self._refresh(token)
            except ReconnectRequired:
                if (theirs := await self._written_by_others(account, token)) is None:
                    raise
                return self._remembered(token, theirs)
            self._unsaved[account.id] = (token.access_token, new)
        kept = await self._context.tokens.save(replace(account, token=token), new)
        del self._unsaved[account.id]
        return self._remembered(token, new if kept is None or _is_same(kept, new) else kept)

    def _check_may_refresh(self) -> None:
        if not self._context.may_refresh:
            raise ProviderError(
                f"The {self._info.label} token has to be refreshed, which a dry run does not do.",
                reason=Reason.DRY_RUN,
                tries=0,
            )

    async def _written_by_others(self, account: Account, token: Token) -> Token | None:
        """The stored token, if another process or a person has put it in place of this one."""
        stored = await self._context.tokens.load(account)
        return None if stored is None or _is_same(stored, token) else stored

    def _remembered(self, old: Token, new: Token) -> Token:
        self._newer.pop(new.access_token, None)  # otherwise following the chain might not end
        self._newer[old.access_token] = new
        while len(self._newer) > REMEMBERED:
            self._newer.popitem(last=False)
        return new


def _is_same(one: Token, other: Token) -> bool:
    """Whether two are the same grant: the text may stay when a token's life is made longer."""
    if (one.access_token, one.refresh_token or "") != (other.access_token, other.refresh_token or ""):
        return False
    if one.expires_at is None or other.expires_at is None:
        return one.expires_at == other.expires_at
    return abs(one.expires_at - other.expires_at) < _STORED_WITHIN


async def _to_the_end(work: Coroutine[Any, Any, Token]) -> Token:
    """Protect the work from cancellation: wait until it is done, and only then be cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not warn about it
        raise


def token_in(answer: Part, old: Token, now: datetime) -> Token:
    """The token in a platform's response to a refresh.

    Only the access token is required: discarding it because of an invalid detail would lose the connection.
    """
    refresh = answer.dig("refresh_token")
    return Token(
        answer.text("access_token"),
        refresh if isinstance(refresh, str) and refresh else old.refresh_token,
        _end(answer.dig("expires_in"), now),
    )


def _end(seconds: Any, now: datetime) -> datetime | None:  # noqa: ANN401  unvalidated JSON
    try:
        return now + timedelta(seconds=float(seconds))
    except (TypeError, ValueError, OverflowError):
        return None


async def refresh_grant(
    context: ProviderContext, info: ProviderInfo, url: str, client: Mapping[str, str], old: Token
) -> Token:
    """Refresh a token the OAuth way (RFC 6749, section 6).

    `client` holds the agency's app credentials by name.

    Raises:
        Misconfigured: one of these is missing or was refused.
        ReconnectRequired: the grant is no longer valid (`invalid_grant`).
        ProviderError: there was no usable response.
    """
    for key, value in client.items():
        if not value:
            raise Misconfigured(
                f"{info.label} requires {key} to refresh a talent's token.",
                hint=f"Set providers.{info.name}.{key}.",
                tries=0,
            )
    form = {**client, "grant_type": "refresh_token", "refresh_token": old.refresh_token or ""}
    reply = await context.api.request("POST", url, form=form)
    raise_if_throttled(reply, info, context.now())
    if ended := heard(reply, GRANT_ENDED):
        what = f"{info.label} has ended the talent's connection."
        raise refused(info, what, ended, tries=reply.tries)
    if heard(reply, AGENCY_IS_WRONG):
        raise Misconfigured(
            f"{info.label} does not accept the agency's app credentials.",
            hint=f"Check {' and '.join(f'providers.{info.name}.{key}' for key in client)}.",
            tries=reply.tries,
        )
    raise_for_status(reply, info, context.now())
    return token_in(read(reply, info), old, context.now())
