"""YouTube: with the talent's own token, or by channel id or handle with an API key.

    channels    GET  {base_url}/youtube/v3/channels      costs one unit of 10,000 a day, however many ids
    token       POST {oauth_base_url}/token              an hour; the refresh token stays valid

An unknown handle is a 200 without `items`; unknown ids are omitted from the list.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.errors import Misconfigured, ProviderError, RateLimited, ReconnectRequired
from talentimg.models import Reason
from talentimg.providers.evidence import heard, words
from talentimg.providers.interface import (
    Absent,
    Found,
    Provider,
    ProviderInfo,
    ProviderSetting,
    RemotePicture,
)
from talentimg.providers.replies import (
    check_asked,
    check_identity,
    last_segment,
    read,
    usable_handle,
)
from talentimg.providers.tokens import Tokens, refresh_grant
from talentimg.providers.youtube_errors import (
    OF_ONE,
    REFUSED,
    absence_in,
    error_reasons,
    next_midnight,
    raise_for_error,
)
from talentimg.providers.youtube_profiles import CHANNEL_ID, HANDLE, PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from talentimg.http.interface import Reply
    from talentimg.models import Account, Token
    from talentimg.providers.interface import Answer, ProviderContext
    from talentimg.providers.replies import Part

BASE_URL: Final = "https://www.googleapis.com"
OAUTH_BASE_URL: Final = "https://oauth2.googleapis.com"
IDS_PER_CALL: Final = 50
UNITS_PER_DAY: Final = 10_000
"""Each call costs one: https://developers.google.com/youtube/v3/determine_quota_cost"""

SIZES: Final = ("high", "medium", "default")  # 800, 240 and 88 pixels
SIZE_IN_URL: Final = re.compile(r"=s(\d{1,5})(?=-|$)")
ENOUGH: Final = 800

REFRESH_MARGIN: Final = timedelta(minutes=5)
# A refresh token that is not used for six months ends.
# https://developers.google.com/identity/protocols/oauth2#expiration
RENEWED_BEFORE: Final = timedelta(days=-30)

LIST: Final = words(200, kind="youtube#channelListResponse")


class WithoutChannel(ProviderError):
    """A token whose Google account has no channel. It says nothing of the one that the roster names."""

    default_reason = Reason.IDENTITY


class YouTube(Provider):
    """Queries the YouTube Data API."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="youtube",
        label="YouTube",
        docs="https://developers.google.com/youtube/v3/docs/channels/list",
        needs="an API key, or the talent's own token",
        handle_pattern=rf"{CHANNEL_ID.pattern}|{HANDLE}",
        handle_example="@adalovelace",
        profiles=PROFILES,
        picture_hosts=(".ggpht.com", ".googleusercontent.com"),
        batch_size=IDS_PER_CALL,
        per_day=UNITS_PER_DAY,
        renewed_before=RENEWED_BEFORE,
        settings=(
            ProviderSetting("base_url", "Base URL of the YouTube Data API.", BASE_URL),
            ProviderSetting("oauth_base_url", "Base URL for refreshing tokens.", OAUTH_BASE_URL),
            ProviderSetting("api_key", "API key, to look up channel ids and handles.", secret=True),
            ProviderSetting("client_id", "OAuth client id of the agency's app, to refresh tokens."),
            ProviderSetting("client_secret", "OAuth client secret of the agency's app.", secret=True),
        ),
        notes="A channel id (UC...) can be used as the handle. The API key's quota is 10,000 calls a day,"
        " each for up to 50 channels once their ids are known.",
    )

    def __init__(self, context: ProviderContext) -> None:
        super().__init__(context)
        self.tokens: Tokens = Tokens(context, self.info, margin=REFRESH_MARGIN, refresh=self._refreshed)
        self._slots = asyncio.Semaphore(self.info.concurrency)

    @property
    def is_able_alone(self) -> bool:
        return bool(self.context.settings.get("api_key"))

    @classmethod
    def stored_form(cls, name: str) -> str:
        """A handle in lower case, or a channel id unchanged."""
        return name if CHANNEL_ID.fullmatch(name) else super().stored_form(name)

    def batch_key(self, account: Account) -> str | None:
        """Only channels that have a known id and are looked up with the API key share a call."""
        return None if account.token is not None or _channel_id(account) is None else "id"

    @classmethod
    def quota_resets_at(cls, now: datetime) -> datetime:
        """At midnight in California."""
        return next_midnight(now)

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Look up one channel.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        answer = (await self.lookup([account]))[account.id]
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    async def lookup(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        """Look up many channels: those whose id is known in one call, the others one by one."""
        answers: dict[str, Answer] = {}
        try:
            async with asyncio.TaskGroup() as group:
                for part in _calls(accounts):
                    group.create_task(self._collect(part, answers))
        except ExceptionGroup as errors:  # not from the platform: our store, or a bug
            raise errors.exceptions[0] from None
        return {account.id: answers[account.id] for account in accounts}

    async def _collect(self, accounts: Sequence[Account], answers: dict[str, Answer]) -> None:
        async with self._slots:
            try:
                answers.update(await self._one_call(accounts))
            except ProviderError as error:
                answers.update({account.id: error for account in accounts})

    async def _one_call(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        account = accounts[0]
        if account.token is not None:
            return {account.id: await self._own_or_public(account)}
        if _channel_id(account) is None:
            return {account.id: await self._by_handle(account)}
        return await self._by_id(accounts)

    # -- with the talent's own token ------------------------------------------

    async def _own_or_public(self, account: Account) -> Found | Absent:
        """Look up with the own token or, if that has failed for good, with the API key if there is one.

        The stored handle may never have been verified, so "not found" then proves nothing.
        """
        try:
            return await self._own(account)
        except (ReconnectRequired, Misconfigured, WithoutChannel) as error:
            if not self.context.settings.get("api_key"):
                raise
            refusal = error
        try:
            answer = await self._public(account)
        except (ReconnectRequired, Misconfigured):
            raise refusal from None
        if isinstance(answer, Absent) and _channel_id(account) is None:
            raise refusal
        asked = (answer.asked or "").removeprefix("youtube: ")
        return replace(answer, asked=f"youtube: own token failed, {asked}")

    async def _own(self, account: Account) -> Found | Absent:
        asked, token = "youtube: own token", await self.tokens.usable(account)
        reply = await self._ask({"mine": "true"}, token)
        if reply.status == HTTPStatus.UNAUTHORIZED and (spoken := heard(reply, *REFUSED)):
            token = await self.tokens.after_refusal(account, token, spoken, tries=reply.tries)
            reply = await self._ask({"mine": "true"}, token)
        if gone := absence_in(reply, self.info, asked):
            return gone
        raise_for_error(reply, self.info, self.context.now(), own=True)
        channels = _channels(read(reply, self.info))
        if not channels:
            raise WithoutChannel(
                "The Google account of the talent's token has no channel, so it is not the one connected.",
                hint="Connect YouTube again, and choose the channel itself when Google asks for the account.",
                tries=reply.tries,
            )
        channel = next((c for c in channels if self._is_asked(account, c)), next(iter(channels), None))
        if channel is not None:
            check_asked(self, account, _name_for(account, channel), reply.tries, channel.id("id"))
        return self._answer(account, channel, reply, asked)

    def _is_asked(self, account: Account, channel: Part) -> bool:
        known = _channel_id(account)
        return channel.dig("id") == known if known else _handle(account, channel) == account.handle

    async def _refreshed(self, token: Token) -> Token:
        settings = self.context.settings
        client = {key: settings.get(key) or "" for key in ("client_id", "client_secret")}
        url = f"{(settings.get('oauth_base_url') or '').rstrip('/')}/token"
        return await refresh_grant(self.context, self.info, url, client, token)

    # -- with the API key -----------------------------------------------------

    async def _public(self, account: Account) -> Found | Absent:
        if _channel_id(account) is None:
            return await self._by_handle(account)
        answer = (await self._by_id([account]))[account.id]
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    async def _by_handle(self, account: Account) -> Found | Absent:
        handle = usable_handle(self, account)
        asked = f'youtube: handle "@{handle}"'
        reply = await self._ask_with_key({"forHandle": f"@{handle}"})
        if gone := absence_in(reply, self.info, asked):
            return gone
        raise_for_error(reply, self.info, self.context.now(), own=False)
        channel = next(iter(_channels(read(reply, self.info))), None)
        return self._answer(account, channel, reply, asked)

    async def _by_id(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        ids = {account.id: _channel_id(account) or "" for account in accounts}
        wanted = list(dict.fromkeys(ids.values()))
        # Without `maxResults` some of Google's lists return only five.
        reply = await self._ask_with_key({"id": ",".join(wanted), "maxResults": str(IDS_PER_CALL)})
        if len(wanted) == 1 and (gone := absence_in(reply, self.info, f'youtube: channel "{wanted[0]}"')):
            return dict.fromkeys(ids, gone)
        if len(wanted) > 1 and any(reason.startswith(OF_ONE) for reason in error_reasons(reply, self.info)):
            return await self._one_by_one(accounts)
        raise_for_error(reply, self.info, self.context.now(), own=False)
        body = read(reply, self.info)
        channels = {channel.id("id"): channel for channel in _channels(body)}
        is_whole = body.dig("nextPageToken") is None
        return {
            account.id: self._one_of(account, channels.get(ids[account.id]), reply, is_whole=is_whole)
            for account in accounts
        }

    async def _one_by_one(self, accounts: Sequence[Account]) -> Mapping[str, Answer]:
        """Look up channels individually, because one of them made the whole call fail."""
        answers: dict[str, Answer] = {}
        refusal: RateLimited | None = None
        for account in accounts:
            try:
                answers |= {account.id: refusal} if refusal else await self._by_id([account])
            except ProviderError as error:
                answers[account.id] = error
                refusal = error if isinstance(error, RateLimited) else None
        return answers

    def _one_of(self, account: Account, channel: Part | None, reply: Reply, *, is_whole: bool) -> Answer:
        """One account's result in a list; an error in it affects no other account."""
        try:
            if channel is None and not is_whole:
                read(reply, self.info).fail("was cut short")
            return self._answer(account, channel, reply, f'youtube: channel "{_channel_id(account)}"')
        except ProviderError as error:
            return error

    async def _ask_with_key(self, which: Mapping[str, str]) -> Reply:
        key = self.context.settings.get("api_key")
        if not key:
            raise Misconfigured(
                "YouTube requires an API key, and none is set.",
                hint="Create one in the Google Cloud console and set providers.youtube.api_key.",
                tries=0,
            )
        return await self._ask({**which, "key": key})

    # -- the response ---------------------------------------------------------

    async def _ask(self, which: Mapping[str, str], token: Token | None = None) -> Reply:
        return await self.context.api.request(
            "GET",
            f"{self.base_url}/youtube/v3/channels",
            params={"part": "snippet", **which},
            headers={"Authorization": f"Bearer {token.access_token}"} if token else None,
        )

    def _answer(self, account: Account, channel: Part | None, reply: Reply, asked: str) -> Found | Absent:
        if channel is None:
            spoken = heard(reply, LIST) or read(reply, self.info).fail("does not say which list it is")
            return Absent(Reason.NOT_FOUND, "There is no such channel on YouTube.", spoken, asked=asked)
        user_id = channel.id("id")
        check_identity(account, user_id, self.info, channel.tries)
        thumbnails = channel.at("snippet", "thumbnails")
        size = next((size for size in SIZES if thumbnails.has(size)), SIZES[0])
        picture = self._picture(thumbnails.at(size).text("url"))
        return Found(picture, user_id, _handle(account, channel), asked)

    def _picture(self, url: str) -> RemotePicture:
        larger = SIZE_IN_URL.sub(_at_least_enough, url)
        urls = (url,) if larger == url else (larger, url)
        key = (last_segment(url) or "").partition("=s")[0]
        return RemotePicture(urls, key or None, None, self.picture_hosts)


def _calls(accounts: Sequence[Account]) -> Iterator[Sequence[Account]]:
    """The accounts in groups that share a call."""
    public = [account for account in accounts if account.token is None]
    known = [account for account in public if _channel_id(account) is not None]
    yield from ([account] for account in accounts if account.token is not None)
    yield from ([account] for account in public if _channel_id(account) is None)
    for start in range(0, len(known), IDS_PER_CALL):
        yield known[start : start + IDS_PER_CALL]


def _channel_id(account: Account) -> str | None:
    """The channel's id, if it is known."""
    for known in (account.external_id, account.handle):
        if known is not None and CHANNEL_ID.fullmatch(known):
            return known
    return None


def _channels(body: Part) -> list[Part]:
    """The channels in a list. Without `items` it only counts as a list if it says that it is empty."""
    if body.has("items"):
        return body.items("items")
    if not (body.has("kind") or body.has("pageInfo")) or body.dig("pageInfo", "totalResults"):
        body.at("items")
    return []


def _handle(account: Account, channel: Part) -> str | None:
    """The current handle, if the response has one; a channel id used as the handle stays."""
    custom = channel.dig("snippet", "customUrl")
    if CHANNEL_ID.fullmatch(account.handle):
        return account.handle
    return custom[1:].lower() if isinstance(custom, str) and custom.startswith("@") else None


def _name_for(account: Account, channel: Part) -> str | None:
    """What a channel has that can be compared with the stored handle: its id, or its own handle."""
    return channel.id("id") if CHANNEL_ID.fullmatch(account.handle) else _handle(account, channel)


def _at_least_enough(size: re.Match[str]) -> str:
    return f"=s{max(int(size[1]), ENOUGH)}"
