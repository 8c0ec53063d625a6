"""Bodies that a route reads by itself: no more of them than it may keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request

from talentimg.web.api.limits import MOST

if TYPE_CHECKING:
    from starlette.types import Message, Receive

TOO_LARGE: Final = "The request is larger than {} bytes."


def at_most(request: Request, most: int = MOST) -> Request:
    """The same request, whose body raises an `HTTPException` (413) when it is larger than `most` bytes.

    Raises:
        HTTPException: it says itself that it is.
    """
    said = Headers(scope=request.scope).get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:18]) > most:
        raise _too_large(most)
    return Request(request.scope, _counted(most, request.receive))


def _counted(most: int, receive: Receive) -> Receive:
    got = 0

    async def counted() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body") or b"")
        if got > most:
            raise _too_large(most)
        return message

    return counted


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, TOO_LARGE.format(most), {"Connection": "close"})
