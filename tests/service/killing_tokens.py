"""A refresh that is killed between a platform's answer and the save: `-m tests.service.killing_tokens ID`.

Everything is real but for the port at which it dies, by SIGKILL: nothing of ours gets to tidy up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

from talentimg.bootstrap import App
from talentimg.settings import load_settings

if TYPE_CHECKING:
    from talentimg.models import Account, Token


class DeadlyApp(App):
    """The program as it is put together, with a store that never comes to keep a token."""

    def __init__(self) -> None:
        super().__init__(load_settings())

        def deadly_save(_account: Account, _token: Token) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        self.repository.save_token = deadly_save  # type: ignore[assignment,method-assign]  # whichever backend


async def look(app: App, talent_id: str) -> None:
    """One look at one talent."""
    async with app.syncer() as syncer:
        async for _ in syncer.sync_many([talent_id]):
            pass


if __name__ == "__main__":
    asyncio.run(look(DeadlyApp(), sys.argv[1]))
