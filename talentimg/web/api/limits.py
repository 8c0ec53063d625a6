"""How much a request may send: little, but where files are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from talentimg.web.api.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST: Final = 1_000_000
"""Bytes of a body."""
MOST_OF_A_FILE: Final = 200_000_000
"""Bytes of a file, with what a form puts around it."""
TAKE_FILES: Final = ("/imports", "/picture", "/placeholders")
"""What the paths that take files end in."""
TOO_LARGE: Final = "This is more than is taken here."


class LimitedBodies:
    """Wraps an application, which is told of the rest of a body that is too long as of an error: 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = MOST_OF_A_FILE if scope["path"].endswith(TAKE_FILES) else MOST
        if _declared(Headers(scope=scope)) > most:
            await Problem(413, TOO_LARGE, headers={"Connection": "close"}).answer()(scope, receive, send)
            return
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, TOO_LARGE, {"Connection": "close"})
            return message

        await self._app(scope, limited, send)


def _declared(headers: Headers) -> int:
    """How long the body is, as its sender says."""
    length = headers.get("content-length", "")
    return int(length[:18]) if length.isascii() and length.isdigit() else 0
