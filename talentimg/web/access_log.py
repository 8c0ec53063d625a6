"""One log line for each request: who asked for what, what it got, how long that took. No secret is in it."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("talentimg.web")

_TOKENS: Final = re.compile(r"timg_[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+")
"""What looks like a token of ours, or a signed one of the app's."""
_LONGEST: Final = 200
_CLOSED: Final = 499
"""As nginx has it: whoever asked went away before there was an answer."""
FAILED: Final = 500


class AccessLog:
    """Wraps an application. Queries and headers are never logged; what looks like a token is struck out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = _CLOSED

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            status = FAILED
            log.exception("An internal error in the answer to %s %s.", scope["method"], _path(scope))
            # The answer has been sent by then.
        finally:
            _tell(scope, status, time.perf_counter() - began)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    if not log.isEnabledFor(logging.INFO):
        return
    client = scope.get("client")
    fields = {
        "client": client[0] if client else None,
        "method": scope["method"],
        "path": _path(scope),
        "status": status,
        "seconds": round(seconds, 4),
    }
    text = f"{fields['client']} {fields['method']} {fields['path']} {status} {seconds * 1000:.1f} ms"
    log.info("%s", text, extra={"fields": fields})


def _path(scope: Scope) -> str:
    """The path of a request, as it may be told."""
    path: str = scope["path"]
    return (_TOKENS.sub("***", path) if "timg_" in path or "eyJ" in path else path)[:_LONGEST]
