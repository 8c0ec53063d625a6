"""Connects and disconnects accounts for somebody who is answered at once; the look that follows goes on."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from talentimg.errors import TalentimgError
from talentimg.service.people.accounts import AccountConnected, AccountDisconnected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from talentimg.models import Account, Outcome
    from talentimg.repository.interface import NewAccount
    from talentimg.service.people.accounts import Accounts
    from talentimg.service.run.refresh import Refresher

log = logging.getLogger("talentimg.people")


class Connecting:
    """Returns once it is written, in a process that stays."""

    def __init__(
        self,
        accounts: Accounts,
        refresher: Refresher,
        changed: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """Over `accounts`, with looks by `refresher`; `changed` is told whose accounts were changed."""
        self._accounts = accounts
        self._refresher = refresher
        self._changed = changed
        self._going_on: set[asyncio.Task[None]] = set()

    async def connect(self, talent_id: str, new: NewAccount, *, by: str, why: str | None = None) -> Account:
        """Connect an account, and go on with the look that follows.

        Raises:
            TalentimgError: as with `Accounts.connect`.
        """
        async with aclosing(self._accounts.connect(talent_id, new, by=by, why=why)) as events:
            first = await anext(events)
        assert isinstance(first, AccountConnected)
        await self._go_on(talent_id)
        return first.account

    async def disconnect(self, talent_id: str, platform: str, *, by: str, why: str | None = None) -> Outcome:
        """Disconnect an account, and go on with the look that follows.

        Returns:
            What is shown until that look.

        Raises:
            TalentimgError: as with `Accounts.disconnect`.
        """
        async with aclosing(self._accounts.disconnect(talent_id, platform, by=by, why=why)) as events:
            first = await anext(events)
        assert isinstance(first, AccountDisconnected)
        await self._go_on(talent_id)
        return first.outcome

    async def _go_on(self, talent_id: str) -> None:
        """See to the rest: one look, with all who ask for one at the same time."""
        task = asyncio.create_task(_rest(self._refresher.refresh(talent_id, force=True)))
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)
        if self._changed is not None:
            await self._changed(talent_id)

    async def close(self) -> None:
        """End what goes on. What was written stays; the look is made up for by the next run."""
        tasks = list(self._going_on)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _rest(look: Awaitable[object]) -> None:
    try:
        await look
    except TalentimgError as error:
        log.warning("The look after a change of accounts failed: %s", error.message)
    except Exception:
        log.exception("An internal error ended the look after a change of accounts.")
