"""The stored tokens of talents: what a provider may read and replace of them, and whose turn that is."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.clock import utc_now
from talentimg.errors import ProviderError, RowRefused, StoreLocked, TalentimgError
from talentimg.models import Reason
from talentimg.providers.interface import TokenStore
from talentimg.repository.values import grant_of, lease_holder, process_of
from talentimg.service.processes import is_gone
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from talentimg.models import Account, Token
    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.renewals import Turn

MAX_TRIES: Final = 6
"""How often saving is tried; each try waits for the lock of the store."""
PAUSE_S: Final = 1.0
TURN: Final = timedelta(minutes=2)
"""How long a turn is kept by a process that may have died on another machine."""
WAITS: Final = 150
"""How often the store is asked for a turn that another process has."""
WAIT_S: Final = 0.2


class StoredTokens(TokenStore):
    """Reads and replaces tokens, waiting for a store that another process has locked, and for turns."""

    def __init__(
        self,
        repository: Repository,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._repository = repository
        self._now = now
        self._sleep = sleep
        self._holder = lease_holder()

    async def load(self, account: Account) -> Token | None:
        """The token that an account has now; None if it has none, or was disconnected or replaced.

        Raises:
            TalentimgError: the store cannot be read.
        """
        records = await in_thread(self._repository.load_many, [account.talent_id])
        now = next((record.talent.account(account.platform) for record in records), None)
        return now.token if now is not None and (now.id, now.handle) == (account.id, account.handle) else None

    async def begin(self, account: Account) -> Token | None:
        """Wait for the turn to renew `account.token`, which nobody else does meanwhile, in any process.

        Raises:
            ProviderError: another process has the turn and does not come to an end.
            TalentimgError: the store cannot be reached.
        """
        for _ in range(WAITS):
            turn = await in_thread(self._take, account)
            if turn.is_ours or grant_of(turn.token) != grant_of(account.token):
                return turn.token
            await self._sleep(WAIT_S)
        raise ProviderError(
            "Another process has been renewing the talent's token for too long.",
            reason=Reason.TIMEOUT,
            hint="Try again in a few minutes.",
            tries=0,
        )

    def _take(self, account: Account) -> Turn:
        now = self._now()
        turn = self._repository.begin_renewal(account, self._holder, now, now + TURN)
        if turn.holder is None or not _has_died(turn.holder):
            return turn
        return self._repository.begin_renewal(account, self._holder, now, now + TURN, dead=(turn.holder,))

    async def end(self, account: Account, *, failed: bool = False) -> None:
        """Give back the turn of `begin`, whether or not there was one. If the store is away, it runs out."""
        failed_at = self._now() if failed else None
        with suppress(TalentimgError):
            await in_thread(self._repository.end_renewal, account, self._holder, failed_at=failed_at)

    async def save(self, account: Account, token: Token) -> Token | None:
        """Put a renewed token in place of `account.token`, unless another one is there by now.

        The platform may have ended the old one, so the new one must not be lost.

        Returns:
            The token that the account has now, which is durable; None if it was disconnected or replaced.

        Raises:
            StoreLocked: another process held the store's lock for the whole time.
            ProviderError: the database refuses this row, which concerns nobody else.
        """
        for _ in range(MAX_TRIES - 1):
            try:
                return await self._save(account, token)
            except StoreLocked:
                await self._sleep(PAUSE_S)
        return await self._save(account, token)

    async def _save(self, account: Account, token: Token) -> Token | None:
        try:
            return await in_thread(self._repository.save_token, account, token)
        except RowRefused as error:
            raise ProviderError(
                f"The renewed token could not be kept. {error.message}",
                reason=Reason.STORAGE,
                hint=error.hint,
                tries=0,
            ) from error


def _has_died(holder: str) -> bool:
    """Whether the process that has a turn was one of this machine, and is no more."""
    host, pid = process_of(holder)
    return host == os.uname().nodename and is_gone(pid)
