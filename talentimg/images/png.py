"""Takes a PNG apart, so that its decoder notices when rows are missing.

Pillow is content with as many rows as the compressed data hold, if those end properly. So the last byte of
their checksum is withheld, which Pillow does not look at: then they never end, and it wants what is missing.

Layout: https://www.w3.org/TR/png-3/#5DataRep.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE_SIZE = 8
_HEAD_SIZE = 8
"""A chunk's length and type, which its body and its checksum follow."""
_CHECKSUM = bytes(4)
"""Pillow does not check that of pixels."""


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG whose pixels are without their end. `exif` is empty if there is none."""

    body: bytes = field(repr=False)
    exif: bytes = field(repr=False)
    is_complete: bool


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    body: memoryview
    end: int


def take_apart(data: bytes) -> Png:
    """Withhold the end of the pixels from a PNG, and find its EXIF."""
    chunks = list(_chunks(memoryview(data)))
    pixels = [chunk for chunk in chunks if chunk.kind == b"IDAT" and chunk.body]
    return Png(
        body=_without_end(memoryview(data), pixels) if pixels else data,
        exif=next((bytes(chunk.body) for chunk in chunks if chunk.kind == b"eXIf"), b""),
        is_complete=bool(chunks) and chunks[-1].kind == b"IEND",
    )


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


def _without_end(data: memoryview, pixels: list[_Chunk]) -> bytes:
    """The file with its pixels in a single chunk."""
    *bodies, last = (chunk.body for chunk in pixels)
    bodies.append(last[:-1])
    head = struct.pack(">I4s", sum(map(len, bodies)), b"IDAT")
    return b"".join((data[: pixels[0].start], head, *bodies, _CHECKSUM, data[pixels[-1].end :]))
