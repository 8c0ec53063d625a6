"""Takes a JPEG apart before it is decoded: what a decoder needs goes on, its notes stay here.

Dropping EXIF, XMP, comments and the rest first means that garbage in them can spoil nothing, that
a phone's multi-picture file (MPO) is its first picture and no more, and that no note travels on.
Layout: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_START = b"\xff\xd8"
_SCAN = 0xDA
_APP1 = 0xE1
_APPS = range(0xE0, 0xF0)
_COMMENT = 0xFE
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xDA)})
_LENGTH_SIZE = 2
_KEPT_APPS = {0xE0: b"", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
_EXIF = b"Exif\x00\x00"
_MAX_SEGMENTS = 2000
"""A colour profile takes at most 255, long XMP some hundreds."""

# Any number of fill bytes may stand before a marker. The look-behind and the possessive
# plus keep the search linear, whatever the bytes.
_MARKER = re.compile(rb"(?<!\xff)\xff++([^\x00\xff])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG without its notes. `scans` is how many passes over the picture it takes to decode."""

    body: bytes = field(repr=False)
    exif: bytes | None = field(repr=False)
    scans: int


def take_apart(data: bytes) -> Jpeg:
    """Separate what is needed to decode from what is not. Without a first scan there is nothing to decode."""
    kept = [_START]
    exif = None
    at = len(_START)
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            break
        marker, start = found[1][0], found.end()
        if marker == _SCAN:
            scans = data[start - 2 :]
            return Jpeg(b"".join((*kept, scans)), exif, scans.count(scans[:2]))
        at = start + (0 if marker in _WITHOUT_LENGTH else max(_LENGTH_SIZE, _length(data, start)))
        payload = data[start + _LENGTH_SIZE : at]
        if marker == _APP1 and exif is None and payload.startswith(_EXIF):
            exif = payload
        if _is_needed(marker, payload):
            kept.append(data[start - 2 : at])
    return Jpeg(b"", exif, 0)


def _length(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + _LENGTH_SIZE], "big")


def _is_needed(marker: int, payload: bytes) -> bool:
    if marker in _APPS:
        return marker in _KEPT_APPS and payload.startswith(_KEPT_APPS[marker])
    return marker != _COMMENT and marker not in _WITHOUT_LENGTH
