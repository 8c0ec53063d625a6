"""Reads the structure that a file declares, before any decoder allocates memory for it."""

from __future__ import annotations

from talentimg.errors import PictureError
from talentimg.models import Reason

_RIFF_HEADER = 8
_BOX_HEADER = 8
_WIDE_BOX_HEADER = 16
_14_BITS = 0x3FFF


def is_complete(name: str, data: bytes) -> bool:
    """Whether a WebP or AVIF is as long as it declares.

    When Pillow cannot open a file, it does not say whether the file was cut off or is garbage.
    """
    if name == "WEBP":
        return len(data) >= _RIFF_HEADER + int.from_bytes(data[4:8], "little")
    if name == "AVIF":
        return _boxes_are_complete(data)
    return True


def truncated() -> PictureError:
    """The error for a file that does not contain the whole picture."""
    return PictureError("The picture file is cut off or damaged.", reason=Reason.TRUNCATED)


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header of a WebP, whose decoder allocates the canvas as soon as it is opened.

    Layout: https://developers.google.com/speed/webp/docs/riff_container
    """
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & _14_BITS) + 1, (bits >> 14 & _14_BITS) + 1
    if kind == b"VP8 ":
        width, height = (int.from_bytes(data[at : at + 2], "little") & _14_BITS for at in (26, 28))
        return width, height
    return None


def _boxes_are_complete(data: bytes) -> bool:
    at = 0
    while at + _BOX_HEADER <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 0:  # "up to the end of the file", so a cut cannot be noticed
            return True
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
            if size < _WIDE_BOX_HEADER:
                return False
        elif size < _BOX_HEADER:
            return False
        at += size
    return at == len(data)
