"""Pages on other origins that may ask with the user's session: those that the settings name, no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MAY: Final = {
    "Access-Control-Allow-Methods": "GET,POST,PATCH,DELETE,OPTIONS,PUT",
    "Access-Control-Allow-Headers": "Content-Type, Authorization, X-Requested-With, "
    "Idempotency-Key, If-Match",
    "Access-Control-Max-Age": "86400",
}


_READ: Final = "ETag, Location, Retry-After, Idempotent-Replayed"
"""What pages may read beside what they may anyway."""


class NamedOrigins:
    """Wraps an application: answers what browsers ask beforehand, and lets these pages read the answers."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._origins or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        is_named = origin is not None and origin in self._origins
        # A cache must give nobody an answer that was meant for another origin, or for none.
        allowed = {"Vary": "Origin"} | (_allowing(origin) if origin and is_named else {})
        if is_named and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await Response(status_code=204, headers=allowed | _MAY)(scope, receive, send)
            return
        more = [(name.lower().encode(), value.encode()) for name, value in allowed.items()]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, with_headers)


def _allowing(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": _READ,
    }
