"""Separates what a JPEG's pixels depend on from its notes, before Pillow sees it.

Pillow decodes the pixels, joins the pieces of a colour profile and understands EXIF. It does not get the
file as it came because it

- refuses a sound picture for a broken note, such as a Photoshop block that ends early;
- misses a colour profile behind the frame header;
- takes time that grows with the square of the number of EXIF segments;
- decodes any number of scans, each of which is one more pass over all pixels.

Layout: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from talentimg.errors import PictureError
from talentimg.images.structure import truncated
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_SCANS = 100
"""A decoder needs minutes for thousands: https://libjpeg-turbo.org/pmwiki/uploads/About/TwoIssueswiththeJPEGStandard.pdf"""
_MAX_SEGMENTS = 10_000
"""Long XMP, a colour profile and a hundred scans need some hundreds each."""

_START = b"\xff\xd8"
_END = 0xD9
_SCAN = 0xDA
_LOSSLESS = 0xC3
_NOTES = frozenset({*range(0xE0, 0xF0), 0xFE})
"""APPn and COM."""
_APP1 = 0xE1
_EXIF = b"Exif\x00\x00"
_COLOUR_NOTES = {0xE0: (b"JFIF\x00", 14), 0xE2: (b"ICC_PROFILE\x00", 14), 0xEE: (b"Adobe", 12)}
"""Notes that change colours: how they begin, and how long they must be for libjpeg to obey them."""

# The next marker of a segment, or of the end, whether the search begins in front of it or among the pixels of
# a scan. Fill bytes, stuffed zeros, restart markers and others without a segment are passed over.
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
_MARKER_SIZE = 2
_LENGTH_SIZE = 2


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG without its notes.

    `exif` is the EXIF data that was among them, empty if there was none. `can_shrink` is False for a
    lossless JPEG, which can only be decoded at its full size.
    """

    body: bytes = field(repr=False)
    exif: bytes = field(repr=False)
    can_shrink: bool


class _Segment(NamedTuple):
    marker: int
    start: int
    whole: bytes
    """With marker and length."""

    @property
    def payload(self) -> bytes:
        return self.whole[_MARKER_SIZE + _LENGTH_SIZE :]


def take_apart(data: bytes) -> Jpeg:
    """Separate what is needed to decode from what is not.

    Raises:
        PictureError: `truncated` if there is no scan, `pixels` if there are too many scans or segments.
    """
    segments = list(islice(_segments(data), _MAX_SEGMENTS))
    scans = [segment.start for segment in segments if segment.marker == _SCAN]
    if len(segments) == _MAX_SEGMENTS or len(scans) > _MAX_SCANS:
        raise PictureError("The picture would take too long to decode.", reason=Reason.PIXELS)
    if not scans:
        raise truncated()
    head = [segment for segment in segments if segment.start < scans[0]]
    colours = [segment.whole for segment in head if _is_about_colours(segment)]
    tables = [segment.whole for segment in head if segment.marker not in _NOTES]
    return Jpeg(
        body=b"".join((_START, *colours, *tables, data[scans[0] :])),
        exif=b"".join(_exif_parts(head)),
        can_shrink=all(segment.marker != _LOSSLESS for segment in head),
    )


def _segments(data: bytes) -> Iterator[_Segment]:
    """Every segment that is whole, up to the end of the first picture."""
    at = len(_START)
    while (found := _MARKER.search(data, at)) and (marker := found[1][0]) != _END:
        length = int.from_bytes(data[found.end() : found.end() + _LENGTH_SIZE], "big")
        at = found.end() + max(_LENGTH_SIZE, length)
        if at > len(data):
            return
        yield _Segment(marker, found.start(), data[found.start() : at])


def _is_about_colours(segment: _Segment) -> bool:
    begin, shortest = _COLOUR_NOTES.get(segment.marker, (None, 0))
    return begin is not None and segment.payload.startswith(begin) and len(segment.payload) >= shortest


def _exif_parts(head: list[_Segment]) -> Iterator[bytes]:
    """EXIF data that is too long for one segment goes on in the next, as Pillow reads it."""
    for segment in head:
        if segment.marker == _APP1 and segment.payload.startswith(_EXIF):
            yield segment.payload.removeprefix(_EXIF)
