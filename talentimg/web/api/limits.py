"""How much a request may send: little, but where files are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.web.api.problems import problem_of_http
from talentimg.web.bodies import declared, limited, too_large

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST: Final = 1_000_000
"""Bytes of a body."""
MOST_OF_A_FILE: Final = 200_000_000
"""Bytes of a file, with what a form puts around it."""
TAKE_FILES: Final = ("/imports", "/picture", "/placeholders")
"""What the paths that take files end in."""


class LimitedBodies:
    """Wraps an application, which is told of the rest of a body that is too long as of an error: 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = MOST_OF_A_FILE if scope["path"].endswith(TAKE_FILES) else MOST
        if declared(scope) > most:
            await problem_of_http(too_large(most))(scope, receive, send)
            return
        await self._app(scope, limited(receive, most), send)
