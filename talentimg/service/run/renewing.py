"""Tokens that are renewed before they die, also those of talents whom nobody looks at.

Whoever is not due for a month, or shows a picture of a source that comes first, is not asked at the platforms
of their other accounts: without this, those tokens would end one after the other.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import Misconfigured, ProviderError, RateLimited, ReconnectRequired
from talentimg.models import Reason, Reconnect
from talentimg.service.tasks import all_of
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.models import Account, TalentRecord
    from talentimg.providers.interface import Provider
    from talentimg.repository.interface import Repository

log = logging.getLogger("talentimg.tokens")

EVERY: Final = timedelta(hours=1)
"""How often all tokens are looked through, over all processes."""
AGAIN: Final = timedelta(days=1)
"""How long a token that could not be renewed is left alone."""
MOST: Final = 200
"""How many tokens of a platform are renewed in one round."""
AT_ONCE: Final = 4
ROUND_SECONDS: Final = 60.0
"""How long a round takes at most; what is left is for the next."""


@dataclass(slots=True)
class Renewed:
    """What a round came to: how many tokens were renewed or not, and who has to connect again since."""

    renewed: int = 0
    failed: int = 0
    reconnects: list[Reconnect] = field(default_factory=list)


class Renewing:
    """Looks through all tokens now and then."""

    def __init__(
        self,
        *,
        repository: Repository,
        platforms: Mapping[str, timedelta],
        open_providers: Callable[[], AbstractAsyncContextManager[Callable[[str], Provider | None]]],
        now: Callable[[], datetime],
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where the tokens are.
            platforms: those whose tokens can be renewed, with how long before their end that is done.
            open_providers: opens what asks the platforms.
            now: the clock.
        """
        self._repository = repository
        self._platforms = platforms
        self._open_providers = open_providers
        self._now = now

    async def round(self, *, seconds: float = ROUND_SECONDS) -> Renewed | None:
        """Renew what ends soon; None if somebody has done so within the hour.

        Args:
            seconds: how long it may take. A renewal that has begun is seen through.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        now = self._now()
        if not await in_thread(self._repository.begin_round, now, now + EVERY):
            return None
        found = Renewed()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await in_thread(self._close_settled)
                await self._renew_all(found)
        if found.renewed or found.reconnects:
            log.info(
                "%d tokens were renewed, %d accounts need their talents.",
                found.renewed,
                len(found.reconnects),
            )
        return found

    async def _renew_all(self, found: Renewed) -> None:
        waiting = await in_thread(self._ending)
        if not waiting:
            return
        async with self._open_providers() as provider_for:
            for name, accounts in waiting.items():
                if (provider := provider_for(name)) is not None:
                    await self._renew(provider, accounts, found)

    def _ending(self) -> dict[str, list[Account]]:
        """The accounts whose tokens end soon, by platform; only those that have any."""
        now = self._now()
        before = {platform: now + margin for platform, margin in self._platforms.items()}
        found = self._repository.ending(before, tried_before=now - AGAIN, limit=MOST)
        return {
            platform: accounts
            for platform, ids in found.items()
            if ids and (accounts := self._accounts(platform, ids))
        }

    def _accounts(self, platform: str, talent_ids: Sequence[str]) -> list[Account]:
        records = self._repository.load_many(talent_ids)
        return [account for record in records if (account := _account_of(record, platform))]

    async def _renew(self, provider: Provider, accounts: list[Account], found: Renewed) -> None:
        """A few at a time, until the platform asks for a pause, or is not set up for it."""
        left = iter(accounts)
        stopped = asyncio.Event()

        async def renew_some() -> None:
            for account in left:
                if stopped.is_set() or not await self._renew_one(provider, account, found):
                    stopped.set()
                    return

        await all_of(renew_some() for _ in range(min(AT_ONCE, len(accounts))))

    async def _renew_one(self, provider: Provider, account: Account, found: Renewed) -> bool:
        """Renew one; whether the platform may be asked for the next."""
        assert provider.tokens is not None  # as it is one of those that can be renewed
        try:
            was_time = await provider.tokens.keep(account)
            found.renewed += was_time
        except (RateLimited, Misconfigured) as error:
            log.warning("%s tokens are not renewed now: %s", provider.info.label, error.message)
            return False
        except ReconnectRequired as error:
            found.failed += 1
            if not provider.is_able_alone:
                await self._tell(account, error.message, found)
        except ProviderError as error:
            found.failed += 1
            log.info("The %s token of %s: %s", provider.info.label, account.talent_id, error.message)
        return True

    async def _tell(self, account: Account, why: str, found: Renewed) -> None:
        now = self._now()
        if await in_thread(self._repository.need_reconnect, account.talent_id, account.platform, now, why):
            found.reconnects.append(Reconnect(account.talent_id, account.platform, now, detail=why))

    def _close_settled(self) -> None:
        """Who has connected again meanwhile, in the app, which tells nobody."""
        needed = self._repository.reconnects_needed(limit=MOST)
        if not needed:
            return
        records = self._repository.load_many(list({one.talent_id for one in needed}))
        by_id = {record.talent.id: record for record in records}
        for one in needed:
            record = by_id.get(one.talent_id)
            if record is None or self._is_settled(record, one.platform):
                self._repository.reconnected([one.talent_id], one.platform, self._now())

    def _is_settled(self, record: TalentRecord, platform: str) -> bool:
        account = record.talent.account(platform)
        if account is None:
            return True
        candidate = record.candidates.get(platform)
        is_refused = candidate is not None and candidate.reason is Reason.TOKEN
        ends = account.token.expires_at if account.token else self._now()
        return not is_refused and (ends is None or ends > self._now())


def _account_of(record: TalentRecord, platform: str) -> Account | None:
    """The account whose token is to be kept alive; None for those who want nobody to be asked there."""
    if record.policy.opted_out or record.policy.refuses(platform):
        return None
    account = record.talent.account(platform)
    return account if account is not None and account.token is not None else None
