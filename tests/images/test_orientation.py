"""Pictures are turned upright, and only by what browsers obey too."""

from __future__ import annotations

import random

import pytest
from PIL import Image

from talentimg.images.decode import decode
from tests.images.samples import corners, encoded, looks_like, portrait, segment, with_segments

JPEG = encoded(portrait(), quality=88)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(orientation: int) -> None:
    """I12. The stored picture is turned the other way, so that the tag makes it right again."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = corners().transpose(undo[orientation]) if orientation in undo else corners()
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name in ("JPEG", "PNG", "WEBP"):
        decoded = decode(encoded(stored, name, exif=exif.tobytes()))
        assert (decoded.width, decoded.height) == decoded.image.size == (120, 80)
        assert looks_like(decoded.image, corners())


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\x00\x00" + random.Random(1).randbytes(500),
        b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff" + bytes(30),
        b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x02\x00\x00\x00\x04abc\x00\x00\x00\x00\x00",
        b"Exif\x00\x00",
    ],
)
def test_garbage_in_exif_is_ignored(exif: bytes) -> None:
    """I23."""
    decoded = decode(with_segments(JPEG, segment(0xE1, exif)))
    assert (decoded.width, decoded.height) == (320, 400)
