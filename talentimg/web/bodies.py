"""Bodies of requests, of which no more is taken than may be kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

TOO_LARGE: Final = "The request is larger than {} bytes."


def declared(scope: Scope) -> int:
    """How many bytes the body has, as its sender says; 0 if nothing is said."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said[:18]) if said.isascii() and said.isdigit() else 0


def at_most(request: Request, most: int) -> Request:
    """The same request, whose body raises an `HTTPException` (413) when it is larger than `most` bytes.

    Raises:
        HTTPException: it says itself that it is.
    """
    if declared(request.scope) > most:
        raise too_large(most)
    return Request(request.scope, limited(request.receive, most))


def limited(receive: Receive, most: int) -> Receive:
    """The same body, which raises an `HTTPException` (413) once more than `most` bytes have come."""
    got = 0

    async def counted() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body") or b"")
        if got > most:
            raise too_large(most)
        return message

    return counted


def too_large(most: int) -> HTTPException:
    """What is said of a body that is larger. The connection ends, for the rest of it is not read."""
    return HTTPException(413, TOO_LARGE.format(most), {"Connection": "close"})
