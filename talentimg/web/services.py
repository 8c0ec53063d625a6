"""What a process that stays needs beside the services of a command: looks, runs, and how all of that ends."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from talentimg.service.people.accounts import Accounts
from talentimg.service.people.connecting import Connecting
from talentimg.service.people.identity import Identities
from talentimg.service.run.background import BackgroundRuns
from talentimg.service.run.following import Following
from talentimg.service.run.refresh import Refresher
from talentimg.service.threads import Lane
from talentimg.web.changes import Changes
from talentimg.web.readiness import Readiness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from talentimg.bootstrap import App
    from talentimg.service.run.sync import Syncer

    OpenSyncer: TypeAlias = Callable[[], AbstractAsyncContextManager[Syncer]]

TOLD_TO_END: Final = "The server was told to end."
EXPORTS: Final = 2
"""Exports that are written at once; the others wait."""
_EXIT_CODE: Final = 128 + signal.SIGTERM
"""What a `sync-all` would have ended with."""


class Services:
    """They last as long as the process."""

    def __init__(self, app: App, open_syncer: OpenSyncer | None = None) -> None:
        """All of them.

        Args:
            app: the services that commands have.
            open_syncer: opens the sync service for one look, if not over network clients of its own.
        """
        self._app = app
        self.changes = Changes(app)
        self._looks = _Looks(app)
        opened = open_syncer or self._looks.syncer
        self.runs = BackgroundRuns(app.nightly)
        self.following = Following(lambda: app.runs)
        self.refresher = Refresher(
            repository=app.repository,
            looks=app.serving,
            open_syncer=opened,
            resolver=app.resolver,
            floor=app.floor,
            now=app.now,
            looked=self.changes.of,
        )
        self.identities = Identities(repository=app.repository, decisions=app.decisions, open_syncer=opened)
        accounts = Accounts(
            repository=app.repository,
            handles=app.handles,
            resolver=app.resolver,
            open_syncer=opened,
            now=app.now,
        )
        self.connecting = Connecting(accounts, self.refresher, self.changes.of)
        self.readiness = Readiness(app)
        self.exports = Lane(EXPORTS, "exports")

    def end_soon(self) -> None:
        """Let a run begin nothing more, and end the answers that would go on as long as it has to tell."""
        self.runs.stop(_EXIT_CODE, TOLD_TO_END)
        self.following.close()

    async def close(self) -> None:
        """End what is under way, each in its own time, and close what is open."""
        self.end_soon()
        await self.connecting.close()
        await self.runs.close(_EXIT_CODE, TOLD_TO_END, grace_s=self._app.settings.sync_stop_seconds)
        await self.refresher.close()
        self.exports.close()
        await self._looks.close()


class _Looks:
    """Network clients that are opened with the first look."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stack = AsyncExitStack()
        self._open: OpenSyncer | None = None
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def syncer(self) -> AsyncIterator[Syncer]:
        async with self._lock:
            if self._open is None:
                self._open = await self._stack.enter_async_context(self._app.looks())
        async with self._open() as syncer:
            yield syncer

    async def close(self) -> None:
        await self._stack.aclose()
