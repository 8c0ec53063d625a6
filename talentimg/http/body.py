"""Reads an answer within bounds, both as it is sent and once it is decompressed.

The cap is checked while decompressing, not afterwards: 200 KB of gzip can hold 200 MB.
"""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from talentimg.http.faults import Fault, fault, translated
from talentimg.http.interface import Reply
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from talentimg.http._httpx import httpx
    from talentimg.http.interface import Room

REFUSAL_PATIENCE_S: Final = 1.0
"""How long to wait for the body of a "too many requests", which may say more than its headers."""
_PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def encodings(response: httpx.Response) -> list[str]:
    """The content encodings of a body, the outermost last; empty if there are none."""
    named = response.headers.get("content-encoding", "").lower().split(",")
    return [name.strip() for name in named if name.strip() not in ("", "identity")]


def refuse_announced(response: httpx.Response, host: str, cap: int) -> None:
    """Refuse a body whose announced length is too large; a false announcement is caught later."""
    length = response.headers.get("content-length", "")
    # Nineteen digits are enough for any length; `int` on thousands of them raises.
    if length.isascii() and length.isdigit() and (len(length) > 19 or int(length) > cap):  # noqa: PLR2004  see above
        raise fault(Reason.TOO_LARGE, host)


async def read_plain(response: httpx.Response, host: str, cap: int, room: Room | None = None) -> bytes:
    """The whole body as it was sent; `room` is asked for room while it comes.

    Raises:
        Fault: it is larger than the cap, or was cut off.
    """
    refuse_announced(response, host, cap)
    taken = bytearray()
    async for chunk in _raw(response, host):
        taken += chunk
        if len(taken) > cap:
            raise fault(Reason.TOO_LARGE, host)
        if room is not None:
            await room.make(len(taken))
    return bytes(taken)


async def read_unpacked(response: httpx.Response, host: str, cap: int) -> bytes:
    """The whole body, decompressed if it is gzip.

    Raises:
        Fault: it is larger than the cap, was cut off, or has another encoding.
    """
    refuse_announced(response, host, cap)
    taken = bytearray()
    async for piece in unpacked(response, host):
        taken += piece
        if len(taken) > cap:
            raise fault(Reason.TOO_LARGE, host)
    return bytes(taken)


async def unpacked(response: httpx.Response, host: str) -> AsyncIterator[bytes]:
    """The body in small pieces as it arrives, decompressed if it is gzip; it may be endless.

    Raises:
        Fault: it was cut off, or has another encoding.
    """
    unpack = _unpacker(response, host)
    async for chunk in _raw(response, host):
        for piece in unpack.feed(chunk):
            yield piece
    unpack.finish()


async def read_reply(
    response: httpx.Response, host: str, cap: int, *, patience_s: float = REFUSAL_PATIENCE_S
) -> Reply:
    """A whole answer, whatever its status; of one that says "too many requests", what comes of it soon.

    What that has to say stands in its status and headers, and is not lost to a body that never ends.
    """
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        body = await _read_if_it_comes(response, host, cap, patience_s)
    else:
        body = await read_unpacked(response, host, cap)
    return Reply(
        status=response.status_code,
        headers=dict(response.headers.items()),
        body=body,
        url=shown(response.request.url),
    )


async def _read_if_it_comes(response: httpx.Response, host: str, cap: int, patience_s: float) -> bytes:
    """The body, or nothing if it is not whole within a moment."""
    with suppress(Fault, TimeoutError):
        async with asyncio.timeout(patience_s):
            return await read_unpacked(response, host, cap)
    return b""


def shown(url: httpx.URL) -> str:
    """A URL without the parts that may be secret: user, password, query, fragment."""
    path = url.raw_path.partition(b"?")[0].decode("ascii")
    return f"{url.scheme}://{url.netloc.decode('ascii')}{path}"


async def _raw(response: httpx.Response, host: str) -> AsyncIterator[bytes]:
    with translated(host):
        # No chunk size: given one, httpx collects small pieces, and a slow body yields nothing for long.
        async for chunk in response.aiter_raw():
            yield chunk


class _AsItIs:
    """For a body without a content encoding."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def finish(self) -> None:
        pass


class _Gunzip:
    """Decompresses gzip in small pieces, however large a chunk would become."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._stream = zlib.decompressobj(_GZIP)
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(chunk)
        while chunk and not self._stream.eof:
            try:
                piece = self._stream.decompress(chunk, _PIECE)
            except zlib.error:
                raise fault(Reason.ENCODING, self._host) from None
            chunk = self._stream.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        if self._begun and not self._stream.eof:
            raise fault(Reason.PROTOCOL, self._host, retryable=True)


def _unpacker(response: httpx.Response, host: str) -> _AsItIs | _Gunzip:
    packed = encodings(response)
    if not packed:
        return _AsItIs()
    if packed in (["gzip"], ["x-gzip"]):
        return _Gunzip(host)
    raise fault(Reason.ENCODING, host)
