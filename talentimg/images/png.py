"""Takes a PNG apart, so that its decoder gets nothing but pixels and what their colours depend on.

Pillow refuses a valid picture if its text is too long, a profile cannot be unpacked or an animation lacks a
part. And it is content with as many rows as the compressed data hold, if those end properly. So the last byte
of their checksum is withheld, which Pillow does not look at: they never end, and it wants what is missing.

Layout: https://www.w3.org/TR/png-3/#5DataRep.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from talentimg.errors import PictureError
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE_SIZE = 8
_LENGTH_SIZE = 4
_HEAD_SIZE = 8
"""A chunk's length and type, which its body and its checksum follow."""
_CHECKSUM = bytes(4)
"""Pillow does not check that of pixels."""
_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_ESSENTIAL = frozenset({b"IHDR", b"PLTE"})
_ABOUT_COLOURS = frozenset({b"tRNS", b"gAMA", b"sRGB", b"iCCP"})
"""These may be broken: then they are left out, as browsers do."""
_PACKED = frozenset({b"iCCP", b"zTXt"})
_MOST_UNPACKED = 1 << 20
"""Of all notes together, in bytes: profiles take a few kilobytes, those of printers half a megabyte."""


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG without metadata, whose pixels are without their end.

    `exif` is empty if there is none. `is_animated` says whether there may be more pictures in the file.
    """

    body: bytes = field(repr=False)
    exif: bytes = field(repr=False)
    is_complete: bool
    is_animated: bool


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    body: memoryview
    end: int


def take_apart(data: bytes) -> Png:
    """Separate what is needed for decoding from what is not, and withhold the end of the pixels.

    Raises:
        PictureError: its notes are an attack on memory or time; the reason is `not_image`.
    """
    chunks = list(_chunks(memoryview(data)))
    _check_notes(chunks)
    pixels = [chunk for chunk in chunks if chunk.kind == b"IDAT" and chunk.body]
    return Png(
        body=_body(memoryview(data), chunks, pixels) if pixels else data,
        exif=next((bytes(chunk.body) for chunk in chunks if chunk.kind == b"eXIf"), b""),
        is_complete=bool(chunks) and chunks[-1].kind == b"IEND",
        is_animated=any(chunk.kind == b"acTL" for chunk in chunks),
    )


def _check_notes(chunks: list[_Chunk]) -> None:
    """Unpack all compressed notes, no further than they may be together."""
    left = _MOST_UNPACKED
    for chunk in chunks:
        if chunk.kind in _PACKED:
            left -= len(_unpacked(chunk, left + 1) or b"")
            if left < 0:
                raise PictureError("The notes in the picture unpack to too much.", reason=Reason.NOT_IMAGE)


def _body(data: memoryview, chunks: list[_Chunk], pixels: list[_Chunk]) -> bytes:
    head = (
        data[chunk.start : chunk.end]
        for chunk in chunks
        if chunk.start < pixels[0].start
        and (chunk.kind in _ESSENTIAL or (chunk.kind in _ABOUT_COLOURS and _is_sound(data, chunk)))
    )
    return b"".join((data[:_SIGNATURE_SIZE], *head, *_without_end(pixels), _END))


def _is_sound(data: memoryview, chunk: _Chunk) -> bool:
    named = int.from_bytes(data[chunk.end - len(_CHECKSUM) : chunk.end], "big")
    counted = zlib.crc32(data[chunk.start + _LENGTH_SIZE : chunk.end - len(_CHECKSUM)])
    return named == counted and (chunk.kind != b"iCCP" or _unpacked(chunk, _MOST_UNPACKED + 1) is not None)


def _unpacked(chunk: _Chunk, most: int) -> bytes | None:
    """A note, no more than so much of it; None if it is broken.

    Its name ends with a zero, and another says how it was packed.
    """
    _, _, packed = bytes(chunk.body).partition(b"\0")
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(packed[1:], most)
    except zlib.error:
        return None
    is_whole = unpacking.eof or len(found) == most
    return found if is_whole and packed[:1] == b"\0" else None


def _chunks(data: memoryview) -> Iterator[_Chunk]:
    """Every complete chunk up to the end of the picture."""
    at = _SIGNATURE_SIZE
    while at + _HEAD_SIZE + len(_CHECKSUM) <= len(data):
        body = at + _HEAD_SIZE
        length, kind = struct.unpack_from(">I4s", data, at)
        end = body + length + len(_CHECKSUM)
        if end > len(data):
            return
        yield _Chunk(kind, at, data[body : body + length], end)
        if kind == b"IEND":
            return
        at = end


def _without_end(pixels: list[_Chunk]) -> Iterator[bytes | memoryview]:
    """The pixels in a single chunk."""
    *bodies, last = (chunk.body for chunk in pixels)
    bodies.append(last[:-1])
    yield struct.pack(">I4s", sum(map(len, bodies)), b"IDAT")
    yield from bodies
    yield _CHECKSUM
