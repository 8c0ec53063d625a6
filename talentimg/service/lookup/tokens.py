"""Saves tokens that a platform has renewed. The old one may be invalid, so the new one must not be lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from talentimg.errors import StoreLocked
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from talentimg.models import Account, Token
    from talentimg.repository.interface import Roster

MAX_TRIES: Final = 6
"""How often saving is tried; each try waits for the lock of the store."""
PAUSE_S: Final = 1.0


class TokenSaver:
    """Saves renewed tokens, waiting for a store that another process has locked."""

    def __init__(self, repository: Roster) -> None:
        self._repository = repository

    async def save(self, account: Account, token: Token) -> None:
        """Save a token. On return it is durable.

        Raises:
            StoreLocked: another process held the store's lock for the whole time.
        """
        for _ in range(MAX_TRIES - 1):
            try:
                return await in_thread(self._repository.save_token, account, token)
            except StoreLocked:
                await asyncio.sleep(PAUSE_S)
        return await in_thread(self._repository.save_token, account, token)
