"""HTTP/1.1 as far as a small server needs it: keep-alive connections, one request at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from talentimg.demo.messages import Answer

MAX_HEAD: Final = 64 * 1024
MAX_BODY: Final = 1024 * 1024
NO_BODY: Final = {204, 304}
PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as received. Header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the server does about a request. Without a response the connection is closed."""

    answer: Answer | None
    delay: float = 0.0


class Wire(asyncio.Protocol):
    """One connection.

    Args:
        react: decides how to respond to a request.
        connections: contains this one while it is open.
    """

    def __init__(self, react: Callable[[RawRequest], Reaction], connections: set[Wire]) -> None:
        self._react = react
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Called by asyncio."""
        self._transport = None
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._buffer += data
        self._next()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _next(self) -> None:
        while not self._busy and self._transport is not None:
            try:
                request = self._take()
            except ValueError:
                self._transport.write(BAD_REQUEST)
                self._transport.close()
                return
            if request is None:
                return
            reaction = self._react(request)
            if reaction.delay > 0:
                self._busy = True
                asyncio.get_running_loop().call_later(reaction.delay, self._later, request, reaction)
            else:
                self._send(request, reaction.answer)

    def _later(self, request: RawRequest, reaction: Reaction) -> None:
        self._busy = False
        self._send(request, reaction.answer)
        self._next()

    def _take(self) -> RawRequest | None:
        """The next complete request in the buffer, if there is one.

        Raises:
            ValueError: it is not HTTP that this server supports.
        """
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise ValueError
            return None
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= MAX_BODY or "transfer-encoding" in headers:
            raise ValueError
        start = end + 4
        if len(self._buffer) < start + length:
            return None
        body = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        return RawRequest(method, target, headers, body)

    def _send(self, request: RawRequest, answer: Answer | None) -> None:
        if self._transport is None:
            return
        if answer is None:
            self._transport.close()
            return
        closing = request.headers.get("connection", "").lower() == "close"
        lines = [f"HTTP/1.1 {answer.status} {PHRASES.get(answer.status, 'Unknown')}"]
        if answer.status not in NO_BODY:
            lines += [f"Content-Type: {answer.media_type}", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if closing:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        with_body = request.method != "HEAD" and answer.status not in NO_BODY
        self._transport.write(head + answer.body if with_body else head)
        if closing:
            self._transport.close()
