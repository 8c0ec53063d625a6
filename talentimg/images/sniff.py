"""Recognises file formats by their first bytes, so that only accepted decoders are ever run.

Declared types are not reliable: platforms send `image/jpg` and `application/octet-stream` for pictures,
and `image/jpeg` for HTML. Nothing here decodes or imports Pillow.
"""

from __future__ import annotations

import re
import zlib

from talentimg.errors import PictureError
from talentimg.models import Reason

# The formats have Pillow's names.
_ACCEPTED_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)

# Recognised only to name them in an error: none of these is ever decoded.
_FOREIGN_MAGIC = (
    (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"\x00\x00\x02\x00", "a cursor (CUR)"),
    (b"II*\x00", "a TIFF"),
    (b"MM\x00*", "a TIFF"),
    (b"II+\x00", "a TIFF"),
    (b"MM\x00+", "a TIFF"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "an EPS file"),
    (b"%PDF-", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "a JPEG XL"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"DDS ", "a DDS texture"),
    (b"BLP1", "a BLP texture"),
    (b"BLP2", "a BLP texture"),
    (b"SIMPLE  =", "a FITS file"),
    (b"qoif", "a QOI"),
    (b"gimp xcf", "a GIMP file"),
    (b"\x8aMNG\r\n\x1a\n", "an MNG animation"),
    (b"\x1aE\xdf\xa3", "a video"),
)

_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})

# The quantifier is possessive, so that no input can make the pattern backtrack.
_SVG_START = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*+(?:<!DOCTYPE\s+svg|<(?:[\w.-]+:)?svg)\b",
    re.IGNORECASE | re.DOTALL,
)
_LOOK = 4096


def accepted_format(data: bytes) -> str:
    """The accepted format that these bytes claim to be, by Pillow's name.

    Raises:
        PictureError: the reason is `format` for a known kind of file that we do not decode, `not_image`
            for anything else.
    """
    for magic, name in _ACCEPTED_MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    brands = _brands(data)
    if _AVIF_BRANDS & brands:
        return "AVIF"
    label = _foreign(data, brands)
    if label is None:
        raise PictureError("The file is not a picture.", reason=Reason.NOT_IMAGE)
    raise refused_format(label)


def refused_format(label: str) -> PictureError:
    """The error for a kind of file that we recognise but do not decode."""
    return PictureError(
        f"The file is {label}; only JPEG, PNG, WebP, GIF and AVIF pictures are accepted.",
        reason=Reason.FORMAT,
    )


def _foreign(data: bytes, brands: frozenset[bytes]) -> str | None:
    for magic, label in _FOREIGN_MAGIC:
        if data.startswith(magic):
            return label
    if brands:
        return "a HEIC picture" if _HEIC_BRANDS & brands else "a video"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "a BMP"
    return "an SVG drawing" if _is_svg(data) else None


def _brands(data: bytes) -> frozenset[bytes]:
    """The four-letter brands in the `ftyp` box of an ISO media file: the formats that it follows."""
    if data[4:8] != b"ftyp":
        return frozenset()
    box = data[8 : min(int.from_bytes(data[:4], "big"), _LOOK)]
    return frozenset(box[at : at + 4] for at in range(0, len(box) - 3, 4) if at != 4)  # noqa: PLR2004  at 4: version


def _is_svg(data: bytes) -> bool:
    start = data[:_LOOK]
    if start.startswith(b"\x1f\x8b"):
        try:
            start = zlib.decompressobj(wbits=31).decompress(start, _LOOK)
        except zlib.error:
            return False
    return _SVG_START.match(start) is not None
