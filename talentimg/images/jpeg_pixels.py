"""Decodes the pixels of a JPEG, and sees whether the file holds all of them.

When data end too early, libjpeg makes up the rest in grey and warns, but Pillow does not pass the warning on.
Yet nothing is made up before the mark that follows is met: until then libjpeg waits for more, and gives back
what it cannot use. So it is given one scan at a time without that mark, then bytes that it takes only between
scans: https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/doc/libjpeg.txt, "I/O suspension".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageFile

from talentimg.images.structure import truncated

if TYPE_CHECKING:
    from talentimg.images.jpeg import Jpeg

_END = b"\xff\xd9"
_AHEAD = bytes(8)
"""The decoder reads this far ahead. A picture that lacks no more than this lacks at most a corner."""
_TAKEN_BETWEEN_SCANS = (b"\x00", b"\xff\xd0\x00", b"\xff\xd4\x00")
"""In a scan, a zero is not enough for a block; if it waits for a restart mark, one of these does."""


class _Decoder:
    """Pillow's decoder, fed bit by bit."""

    def __init__(self, image: ImageFile.ImageFile) -> None:
        image.load_prepare()
        (tile,) = image.tile
        self._decoder = Image._getdecoder(image.mode, tile.codec_name, tile.args, image.decoderconfig)  # noqa: SLF001  what Pillow itself feeds it cannot be stopped at the end of a scan
        self._decoder.setimage(image.im, tile.extents)

    def feed(self, data: bytes) -> bytes | None:
        """What is left over of these bytes, for want of more; None if the picture is finished."""
        taken, error = self._decoder.decode(data)
        if error < 0:
            raise OSError(ImageFile.ERRORS.get(error, "decoding error"))
        return None if taken < 0 else data[taken:]


def load(image: ImageFile.ImageFile, parts: Jpeg) -> None:
    """Load the pixels into an opened image.

    Raises:
        PictureError: the reason is `truncated`.
        OSError: the data are damaged.
    """
    decoder = _Decoder(image)
    if parts.is_arithmetic:  # it has to be decoded in one go, and zeros at its end may be left out
        finished = decoder.feed(b"".join(parts.pieces) + _END) is None
    else:
        finished = any(_is_last(scan, decoder) for scan in parts.pieces) or decoder.feed(_END) is None
    if not finished:
        raise truncated()
    image.tile = []  # tells Pillow that it is loaded


def _is_last(scan: bytes, decoder: _Decoder) -> bool:
    """Decode a scan, and say whether the picture is finished with it."""
    left_over = decoder.feed(scan + _AHEAD)
    if left_over is None:
        return True
    if left_over or any(decoder.feed(data) != b"" for data in _TAKEN_BETWEEN_SCANS):
        raise truncated()
    return False
