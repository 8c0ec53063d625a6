"""The agency's credentials for each platform: set, accepted now, and until when. They are never told."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from talentimg.errors import Misconfigured, ProviderError
from talentimg.service.doctor.interface import Check, Finding, Severity
from talentimg.service.run.platforms import PlatformState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Account
    from talentimg.providers.interface import Answer, Provider
    from talentimg.repository.interface import Roster
    from talentimg.service.doctor.interface import Look
    from talentimg.service.run.platforms import PlatformStanding

A_PAGE: Final = 500
"""Accounts to try with are looked for among so many talents."""

SOON: Final = timedelta(days=14)
"""What ends sooner has to be made anew."""


class _Tried(NamedTuple):
    """What a platform answered, and when the credentials end, if it tells."""

    answer: Answer | None
    ends_at: datetime | None


_NOT_TRIED: Final = _Tried(None, None)


class CredentialsCheck(Check):
    """Looks up one account with them, as a sync would. No token is refreshed, and nothing is kept."""

    name: ClassVar = "credentials"
    title: ClassVar = "Credentials"
    seconds: ClassVar = 90.0
    needs: ClassVar = ("store",)

    def __init__(
        self,
        repository: Callable[[], Roster],
        standings: Callable[[], Sequence[PlatformStanding]],
        open_providers: Callable[[], AbstractAsyncContextManager[Callable[[str], Provider | None]]],
        now: Callable[[], datetime],
    ) -> None:
        """All that it needs.

        Args:
            repository: opens the roster, for accounts to try with.
            standings: how each platform stands; one that rests is left alone.
            open_providers: opens the network, and gives the provider of a platform. They refresh no token.
            now: the time.
        """
        self._repository = repository
        self._standings = standings
        self._open = open_providers
        self._now = now

    def look(self, look: Look) -> Iterator[Finding]:
        """What became of each, of the platforms for which there are some or somebody has an account."""
        del look
        accounts = self._accounts()
        with_some = [one for one in self._standings() if one.has_credentials]
        to_try = {
            one.platform: accounts[one.platform]
            for one in with_some
            if one.platform in accounts and one.state is not PlatformState.RESTING
        }
        tried = asyncio.run(self._tried(to_try)) if to_try else {}
        for one in with_some:
            yield self._finding(one, tried.get(one.platform, _NOT_TRIED))
        if not with_some:
            yield Finding("There are none: only platforms that need none, or talents' own tokens, are asked.")

    def _accounts(self) -> dict[str, Account]:
        """One account on each platform: one without a token of its own, if there is one."""
        found: dict[str, Account] = {}
        for record in self._repository().records(limit=A_PAGE):
            for account in record.talent.accounts:
                if account.platform not in found or (account.token is None and found[account.platform].token):
                    found[account.platform] = account
        return found

    async def _tried(self, accounts: Mapping[str, Account]) -> dict[str, _Tried]:
        async with self._open() as provider_of:
            return {
                platform: await _try(provider_of(platform), account) for platform, account in accounts.items()
            }

    def _finding(self, one: PlatformStanding, tried: _Tried) -> Finding:
        if one.state is PlatformState.RESTING:
            return Finding(f"{one.label}: set; not tried, as it is left alone now.", Severity.SKIPPED)
        if tried.answer is None:
            what = f"{one.label}: set; nobody has an account to try them with."
            return Finding(what, Severity.SKIPPED)
        if isinstance(tried.answer, Misconfigured):
            return Finding(f"{one.label}: {tried.answer.message}", Severity.NEEDS_YOU, tried.answer.hint)
        if isinstance(tried.answer, ProviderError):
            what = f"{one.label}: set; whether they are accepted is not known. {tried.answer.message}"
            return Finding(what, Severity.SKIPPED)
        return self._accepted(one.label, tried.ends_at)

    def _accepted(self, label: str, ends_at: datetime | None) -> Finding:
        if ends_at is None:
            return Finding(f"{label}: set, and accepted.")
        what = f"{label}: set, accepted, and good until {ends_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
        if ends_at > self._now() + SOON:
            return Finding(what)
        return Finding(what, Severity.NEEDS_YOU, f"Make new ones at {label} and set them before that.")


async def _try(provider: Provider | None, account: Account) -> _Tried:
    if provider is None:
        return _NOT_TRIED
    try:
        answer: Answer | None = (await provider.lookup([account])).get(account.id)
    except ProviderError as error:
        answer = error
    return _Tried(answer, provider.credentials_end_at)
