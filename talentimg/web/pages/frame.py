"""What stands at the top of every page: who is signed in, and how the latest run went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from talentimg.models.access import Scope
from talentimg.service.threads import in_thread
from talentimg.web.cache import Remembered

if TYPE_CHECKING:
    from starlette.requests import Request

    from talentimg.bootstrap import App
    from talentimg.models import Run
    from talentimg.web.access import Caller, Doorkeeper
    from talentimg.web.changes import Changes

FRESH_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Of one page."""

    caller: Caller
    latest: Run | None
    waiting: int
    """How many pictures wait for review."""

    @property
    def may_operate(self) -> bool:
        """Whether they may change what is shown."""
        return self.caller.scope.covers(Scope.OPERATE)

    @property
    def may_admin(self) -> bool:
        """Whether they may do everything."""
        return self.caller.scope.covers(Scope.ADMIN)


class Frames:
    """Makes them, for those who may see pages at all."""

    def __init__(self, app: App, doorkeeper: Doorkeeper, changes: Changes) -> None:
        self._app = app
        self._changes = changes
        self._doorkeeper = doorkeeper
        self._latest = Remembered(self._ask, seconds=FRESH_S)
        self._waiting = Remembered(self._count, seconds=FRESH_S)
        changes.heard_by(self._forget)

    async def of(self, request: Request, scope: Scope = Scope.READ) -> Frame:
        """The frame for whoever asks.

        Raises:
            HTTPException: nobody is signed in, or they may not see this.
        """
        caller = await self._doorkeeper.need(request, scope)
        return Frame(caller, await self._latest.get(), await self._waiting.get())

    async def caller(self, request: Request, scope: Scope = Scope.READ) -> Caller:
        """Whoever asks for what has no frame.

        Raises:
            HTTPException: as above.
        """
        return await self._doorkeeper.need(request, scope)

    def changed(self) -> None:
        """Something was done: ask anew, here and wherever else something is remembered."""
        self._changes.of_somebody()

    def _forget(self, _: str | None) -> None:
        self._latest.forget()
        self._waiting.forget()

    async def _count(self) -> int:
        return len(await in_thread(self._app.reviews.waiting))

    async def _ask(self) -> Run | None:
        runs = await in_thread(self._app.runs.latest, limit=1)
        return runs[0] if runs else None
