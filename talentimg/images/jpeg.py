"""Separates the parts of a JPEG that its pixels depend on from its metadata, before Pillow opens it.

`jpeg_pixels.py` decodes them.

Pillow decodes the pixels, joins the pieces of a colour profile and understands EXIF. It is not given the
original file because it

- refuses a valid picture if a metadata segment is broken, such as a Photoshop block that is cut off;
- misses a colour profile that comes after the frame header;
- takes time proportional to the square of the number of EXIF segments;
- decodes any number of scans, each of which is another pass over all pixels.

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
"""Thousands of scans take a decoder minutes: https://libjpeg-turbo.org/pmwiki/uploads/About/TwoIssueswiththeJPEGStandard.pdf"""
_MAX_SEGMENTS = 10_000
"""Long XMP, a colour profile and a hundred scans each take a few hundred segments."""

_START = b"\xff\xd8"
_END = 0xD9
_SCAN = 0xDA
_LOSSLESS = 0xC3
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_ARITHMETIC = frozenset({0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_METADATA = frozenset({*range(0xE0, 0xF0), 0xFE})
"""APPn and COM."""
_APP1 = 0xE1
_EXIF = b"Exif\x00\x00"
_ABOUT_COLOURS = {0xE0: (b"JFIF\x00", 14), 0xE2: (b"ICC_PROFILE\x00", 14), 0xEE: (b"Adobe", 12)}
"""Metadata that changes colours: how it begins, and how long it must be for libjpeg to use it."""

# Finds the next segment, or the end marker, both between segments and within the pixel data of a scan.
# Fill bytes, stuffed zeros, restart markers and other markers that have no segment are skipped.
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
_FRAME_SIZE = 6
"""What stands before the parts of a frame: its precision, height, width, and how many parts there are."""
_MARKER_SIZE = 2
_LENGTH_SIZE = 2


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG without its metadata.

    `pieces` are what is left of the file, in order: each ends where the data of a scan do, and there is no
    end mark. `exif` is the EXIF data that was removed, empty if there was none. `can_shrink` is False for a
    lossless JPEG, which can only be decoded at full size.
    """

    pieces: tuple[bytes, ...] = field(repr=False)
    exif: bytes = field(repr=False)
    can_shrink: bool
    is_arithmetic: bool
    held: int


class _Segment(NamedTuple):
    marker: int
    start: int
    whole: bytes
    """The bytes of the segment, including its marker and length."""

    @property
    def payload(self) -> bytes:
        return self.whole[_MARKER_SIZE + _LENGTH_SIZE :]


def take_apart(data: bytes) -> Jpeg:
    """Separate what is needed for decoding from what is not.

    Raises:
        PictureError: the reason is `truncated` if there is no scan, `pixels` if there are too many scans or
            segments.
    """
    segments = list(islice(_segments(data), _MAX_SEGMENTS))
    scans = [i for i, segment in enumerate(segments) if segment.marker == _SCAN]
    if segments[-1].marker != _END or len(scans) > _MAX_SCANS:
        raise PictureError("The picture would take too long to decode.", reason=Reason.PIXELS)
    if not scans:
        raise truncated()
    head = segments[: scans[0]]
    markers = {segment.marker for segment in head}
    first, *others = _scans(data, [(segments[i].start, segments[i + 1].start) for i in scans])
    return Jpeg(
        pieces=(_header(head) + first, *others),
        exif=b"".join(_exif_parts(head)),
        can_shrink=_LOSSLESS not in markers,
        is_arithmetic=not _ARITHMETIC.isdisjoint(markers),
        held=max(
            (_held(segment, segments[scans[0]]) for segment in head if segment.marker in _FRAMES), default=0
        ),
    )


def _held(frame: _Segment, scan: _Segment) -> int:
    """How many samples of a frame libjpeg has to hold, which its first scan decides."""
    head = frame.payload[:_FRAME_SIZE].ljust(_FRAME_SIZE, b"\x00")
    parts = head[-1]
    if frame.marker not in _PROGRESSIVE and scan.payload[:1] >= head[-1:]:
        return 0
    height, width = int.from_bytes(head[1:3], "big"), int.from_bytes(head[3:5], "big")
    sampling = [divmod(both, 16) for both in frame.payload[_FRAME_SIZE + 1 : _FRAME_SIZE + 3 * parts : 3]]
    whole = max((across for across, _ in sampling), default=0) * max(
        (down for _, down in sampling), default=0
    )
    return width * height * sum(across * down for across, down in sampling) // max(1, whole)


def _header(head: list[_Segment]) -> bytes:
    """What stands before the first scan, without notes that have nothing to do with colours."""
    colours = [segment.whole for segment in head if _is_about_colours(segment)]
    tables = [segment.whole for segment in head if segment.marker not in _METADATA]
    return b"".join((_START, *colours, *tables))


def _scans(data: bytes, places: list[tuple[int, int]]) -> Iterator[bytes]:
    """Every scan, with what stands between it and the one before."""
    start = places[0][0]
    for _, end in places:
        yield data[start:end]
        start = end


def _segments(data: bytes) -> Iterator[_Segment]:
    """Every complete segment of the first picture, and its end, which may lack its mark."""
    at = len(_START)
    while (found := _MARKER.search(data, at)) and (marker := found[1][0]) != _END:
        length = int.from_bytes(data[found.end() : found.end() + _LENGTH_SIZE], "big")
        at = found.end() + max(_LENGTH_SIZE, length)
        if at > len(data):
            break
        yield _Segment(marker, found.start(), data[found.start() : at])
    yield _Segment(_END, found.start() if found and found[1][0] == _END else len(data), b"")


def _is_about_colours(segment: _Segment) -> bool:
    begin, shortest = _ABOUT_COLOURS.get(segment.marker, (None, 0))
    return begin is not None and segment.payload.startswith(begin) and len(segment.payload) >= shortest


def _exif_parts(head: list[_Segment]) -> Iterator[bytes]:
    """The EXIF data of every segment: if it is too long for one, it continues in the next, as in Pillow."""
    for segment in head:
        if segment.marker == _APP1 and segment.payload.startswith(_EXIF):
            yield segment.payload.removeprefix(_EXIF)
