"""Whom a request of our API has changed, by its path and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from starlette.datastructures import Headers

from talentimg.web.access_log import FAILED
from talentimg.web.forgery import SAFE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from talentimg.web.changes import Changes

OF_EVERYBODY: Final = ("/imports", "/placeholders", "/reviews")
"""What the paths begin with that change anybody."""
_NAMES: Final = ("location", "content-location")


class SeenAtOnce:
    """Wraps an application, and tells who was changed before anybody is answered."""

    def __init__(self, app: ASGIApp, changes: Changes) -> None:
        self._app = app
        self._changes = changes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < FAILED:
                await self._tell(scope, Headers(raw=message["headers"]))
            await send(message)

        await self._app(scope, receive, told)

    async def _tell(self, scope: Scope, headers: Headers) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path.startswith(OF_EVERYBODY):
            await self._changes.of_everybody()
            return
        for talent_id in dict.fromkeys(_talents(scope, headers)):
            await self._changes.of(talent_id)


def _talents(scope: Scope, headers: Headers) -> Iterator[str]:
    """The ids of those who are named by the path, and by where the answer says that something is."""
    if talent_id := scope.get("path_params", {}).get("talent_id"):
        yield talent_id
    for name in _NAMES:
        before, talents, after = headers.get(name, "").partition("/talents/")
        if talents and before.endswith("/v1") and "/" not in after:
            yield unquote(after)
