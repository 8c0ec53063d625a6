"""Bodies of requests: no more of them is read than may be kept, whoever sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response
    from starlette.types import Message, Receive

MOST: Final = 1_000_000
"""Bytes of a body that is JSON. It is read before it is known who sends it."""
TOO_LARGE: Final = "The request is larger than {} bytes."


class CappedRoute(APIRoute):
    """A route whose body, if it has one, is JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The same with no more than `MOST` bytes of body."""
        handler = super().get_route_handler()

        async def capped(request: Request) -> Response:
            return await handler(Request(request.scope, _at_most(MOST, request.receive)))

        return handler if self.body_field is None else capped


async def read(request: Request, most: int) -> bytes:
    """The body, whatever it holds.

    Raises:
        HTTPException: 413 if it is larger than `most` bytes.
    """
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _at_most(most: int, receive: Receive) -> Receive:
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
    return HTTPException(413, TOO_LARGE.format(most))
