"""The agency's credentials for each platform: there, and accepted now. Never told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.errors import Misconfigured, ProviderError
from talentimg.service.doctor.interface import Check, Finding, Severity
from talentimg.service.run.platforms import PlatformState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from talentimg.models import Account
    from talentimg.providers.interface import Answer, Provider
    from talentimg.repository.interface import Roster
    from talentimg.service.doctor.interface import Look
    from talentimg.service.run.platforms import PlatformStanding

A_PAGE: Final = 500
"""Accounts to try with are looked for among so many talents."""


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
    ) -> None:
        """All that it needs.

        Args:
            repository: opens the roster, for accounts to try with.
            standings: how each platform stands; one that rests is left alone.
            open_providers: opens the network, and gives the provider of a platform. They refresh no token.
        """
        self._repository = repository
        self._standings = standings
        self._open = open_providers

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
        answers = asyncio.run(self._answers(to_try)) if to_try else {}
        for one in with_some:
            yield _finding(one, answers.get(one.platform), is_resting=one.state is PlatformState.RESTING)
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

    async def _answers(self, accounts: Mapping[str, Account]) -> dict[str, Answer | None]:
        async with self._open() as provider_of:
            return {
                platform: await _answer(provider_of(platform), account)
                for platform, account in accounts.items()
            }


async def _answer(provider: Provider | None, account: Account) -> Answer | None:
    if provider is None:
        return None
    try:
        return (await provider.lookup([account])).get(account.id)
    except ProviderError as error:
        return error


def _finding(one: PlatformStanding, answer: Answer | None, *, is_resting: bool) -> Finding:
    if is_resting:
        return Finding(f"{one.label}: set; not tried, as it is left alone now.", Severity.SKIPPED)
    if answer is None:
        return Finding(f"{one.label}: set; nobody has an account to try them with.", Severity.SKIPPED)
    if isinstance(answer, Misconfigured):
        return Finding(f"{one.label}: {answer.message}", Severity.NEEDS_YOU, answer.hint)
    if isinstance(answer, ProviderError):
        what = f"{one.label}: set; whether they are accepted is not known. {answer.message}"
        return Finding(what, Severity.SKIPPED)
    return Finding(f"{one.label}: set, and accepted.")
