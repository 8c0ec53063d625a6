"""The stored tokens of talents: what a provider may read and replace of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from talentimg.errors import ProviderError, RowRefused, StoreLocked
from talentimg.models import Reason
from talentimg.providers.interface import TokenStore
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from talentimg.models import Account, Token
    from talentimg.repository.interface import Roster

MAX_TRIES: Final = 6
"""How often saving is tried; each try waits for the lock of the store."""
PAUSE_S: Final = 1.0


class StoredTokens(TokenStore):
    """Reads and replaces tokens, waiting for a store that another process has locked."""

    def __init__(self, repository: Roster) -> None:
        self._repository = repository

    async def load(self, account: Account) -> Token | None:
        """The token that an account has now; None if it has none, or was disconnected or replaced.

        Raises:
            TalentimgError: the store cannot be read.
        """
        records = await in_thread(self._repository.load_many, [account.talent_id])
        now = next((record.talent.account(account.platform) for record in records), None)
        return now.token if now is not None and (now.id, now.handle) == (account.id, account.handle) else None

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
                await asyncio.sleep(PAUSE_S)
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
