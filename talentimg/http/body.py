"""Reading an answer within bounds: so many bytes, unpacked no further than so many.

The cap is asked before bytes are unpacked, not after: 200 KB of gzip can hold 200 MB.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from talentimg.http.faults import fault, translated
from talentimg.http.interface import Reply
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from talentimg.http._httpx import httpx

_PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def encodings(response: httpx.Response) -> list[str]:
    """How the body is packed, outermost last; empty when it is as it is."""
    named = response.headers.get("content-encoding", "").lower().split(",")
    return [name.strip() for name in named if name.strip() not in ("", "identity")]


def refuse_announced(response: httpx.Response, host: str, cap: int) -> None:
    """Refuse a body that says of itself that it is too long; one that lies is caught later."""
    length = response.headers.get("content-length", "")
    # Nineteen digits are enough for any length; `int` on thousands of them raises.
    if length.isascii() and length.isdigit() and (len(length) > 19 or int(length) > cap):  # noqa: PLR2004  said above
        raise fault(Reason.TOO_LARGE, host)


async def read_plain(response: httpx.Response, host: str, cap: int) -> bytes:
    """The whole body as it was sent.

    Raises:
        Fault: it is longer than the cap, or broke off.
    """
    refuse_announced(response, host, cap)
    taken = bytearray()
    async for chunk in _raw(response, host):
        taken += chunk
        if len(taken) > cap:
            raise fault(Reason.TOO_LARGE, host)
    return bytes(taken)


async def read_unpacked(response: httpx.Response, host: str, cap: int) -> bytes:
    """The whole body, unpacked if it came as gzip.

    Raises:
        Fault: it is longer than the cap, broke off, or is packed otherwise.
    """
    refuse_announced(response, host, cap)
    taken = bytearray()
    async for piece in unpacked(response, host):
        taken += piece
        if len(taken) > cap:
            raise fault(Reason.TOO_LARGE, host)
    return bytes(taken)


async def unpacked(response: httpx.Response, host: str) -> AsyncIterator[bytes]:
    """The body in small pieces as it arrives, without end if need be, unpacked if it comes as gzip.

    Raises:
        Fault: it broke off, or is packed otherwise.
    """
    unpack = _unpacker(response, host)
    async for chunk in _raw(response, host):
        for piece in unpack.feed(chunk):
            yield piece
    unpack.finish()


async def read_reply(response: httpx.Response, host: str, cap: int) -> Reply:
    """A whole answer, whatever its status."""
    body = await read_unpacked(response, host, cap)
    return Reply(
        status=response.status_code,
        headers=dict(response.headers.items()),
        body=body,
        url=shown(response.request.url),
    )


def shown(url: httpx.URL) -> str:
    """A URL without what may be secret in it: user, password, query, fragment."""
    path = url.raw_path.partition(b"?")[0].decode("ascii")
    return f"{url.scheme}://{url.netloc.decode('ascii')}{path}"


async def _raw(response: httpx.Response, host: str) -> AsyncIterator[bytes]:
    with translated(host):
        # No chunk size: with one, httpx gathers small pieces, and a dripping body shows nothing for long.
        async for chunk in response.aiter_raw():
            yield chunk


class _AsItIs:
    """For a body that is not packed."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def finish(self) -> None:
        pass


class _Gunzip:
    """Unpacks gzip a small piece at a time, however much a chunk would unpack to."""

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
