"""What whoever waits is told when the server ends before their answer was ready."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from talentimg.web.errors import RETRY_S, refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENDS: Final = "The server ends just now. Ask again in a moment."


class ToldToWait:
    """Wraps an application. A request that is cancelled is answered, if nothing was sent of it yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False
        asked = dict(scope)  # as it was: routes write into it where they are found

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            if scope["type"] != "http" or has_begun:
                raise
            await refusal(asked, 503, ENDS, {"Retry-After": str(RETRY_S)})(scope, receive, send)
