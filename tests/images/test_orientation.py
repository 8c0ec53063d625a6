"""Pictures are turned upright, and only by what browsers obey too."""

from __future__ import annotations

import random
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.images.samples import (
    corners,
    decode,
    encoded,
    looks_like,
    needs_avif,
    portrait,
    segment,
    with_segments,
)

JPEG = encoded(portrait(), quality=88)
WITH_XMP = ["JPEG", "PNG", "WEBP", pytest.param("AVIF", marks=needs_avif)]


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


def xmp(orientation: int) -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="%d"/>'
        b"</rdf:RDF></x:xmpmeta>" % orientation
    )


def exif_with(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def with_xmp(name: str, note: bytes, **options: Any) -> bytes:
    """The four corners, with XMP as each format keeps it."""
    if name == "JPEG":
        plain = encoded(corners(), **options)
        return with_segments(plain, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + note))
    if name == "PNG":
        notes = PngInfo()
        notes.add_itxt("XML:com.adobe.xmp", note.decode())
        return encoded(corners(), name, pnginfo=notes, **options)
    return encoded(corners(), name, xmp=note, **options)


@pytest.mark.parametrize("name", WITH_XMP)
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_an_orientation_in_xmp_is_not_obeyed(name: str, orientation: int) -> None:
    """No browser does: such a picture is upright as it is."""
    decoded = decode(with_xmp(name, xmp(orientation)))
    assert (decoded.width, decoded.height) == (120, 80)
    assert looks_like(decoded.image, corners())


@pytest.mark.parametrize("name", WITH_XMP)
def test_exif_is_obeyed_whatever_xmp_says(name: str) -> None:
    decoded = decode(with_xmp(name, xmp(8), exif=exif_with(3)))
    assert looks_like(decoded.image, corners().transpose(Image.Transpose.ROTATE_180))


@needs_avif
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_is_turned_by_its_own_boxes(orientation: int) -> None:
    """Pillow writes them for an orientation in EXIF."""
    turned = decode(encoded(corners(), "AVIF", exif=exif_with(orientation)))
    expected = decode(encoded(corners(), "PNG", exif=exif_with(orientation)))
    assert turned.image.size == expected.image.size
    assert looks_like(turned.image, expected.image)
