"""What bytes are is told by how they begin."""

from __future__ import annotations

import gzip
import random
import time

import pytest

from talentimg.errors import PictureError
from talentimg.images.sniff import accepted_format
from talentimg.models import Reason

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "WEBP"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1miaf", "AVIF"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", "AVIF"),
    ],
)
def test_accepted_formats_are_told_apart(start: bytes, name: str) -> None:
    assert accepted_format(start + bytes(100)) == name


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(SVG, id="svg with a script"),
        pytest.param(
            b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --> <!-- b -->" + SVG, id="svg after a prolog"
        ),
        pytest.param(b'<svg:svg><image href="http://169.254.169.254/"/></svg:svg>', id="svg that fetches"),
        pytest.param(b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg/>', id="svg with a doctype"),
        pytest.param(gzip.compress(SVG), id="svgz"),
        pytest.param(HEIC, id="heic"),
        pytest.param(b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00mp41mp42", id="mp4"),
        pytest.param(b"\x00\x00\x01\x00\x01\x00\x10\x10", id="ico"),
        pytest.param(b"BM" + bytes(12) + b"\x28\x00\x00\x00" + bytes(60), id="bmp"),
        pytest.param(b"II*\x00\x08\x00\x00\x00", id="tiff"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9", id="eps"),
        pytest.param(b"%PDF-1.7\n", id="pdf"),
        pytest.param(b"8BPS\x00\x01", id="psd"),
        pytest.param(b"\x00\x00\x00\x0cjP  \r\n\x87\n", id="jpeg 2000"),
        pytest.param(b"DDS |\x00\x00\x00", id="dds"),
        pytest.param(b"BLP2\x01\x00\x00\x00", id="blp"),
        pytest.param(b"SIMPLE  =                    T", id="fits"),
    ],
)
def test_known_files_that_we_do_not_decode_are_a_format(data: bytes) -> None:
    with pytest.raises(PictureError) as caught:
        accepted_format(data)
    assert caught.value.reason is Reason.FORMAT


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(
            b"<!doctype html><html><body><svg></svg></body></html>", id="a page with a drawing in it"
        ),
        pytest.param(b'{"error": "gone"}', id="json"),
        pytest.param(random.Random(1).randbytes(1 << 20), id="random bytes"),
        pytest.param(bytes(1 << 20), id="zeros"),
        pytest.param(b"BMW cars", id="words that begin like a bmp"),
        pytest.param(gzip.compress(b"hello"), id="gzip of something else"),
        pytest.param(b"\x1f\x8bnonsense", id="broken gzip"),
        pytest.param(b"RIFF\x10\x00\x00\x00WAVE", id="sound"),
    ],
)
def test_everything_else_is_not_an_image(data: bytes) -> None:
    with pytest.raises(PictureError) as caught:
        accepted_format(data)
    assert caught.value.reason is Reason.NOT_IMAGE


@pytest.mark.parametrize("piece", [b"<!-- -->", b" ", b"<? ?>", b"<!--", b"<svg", b"\n<"])
def test_no_text_keeps_the_recogniser_busy(piece: bytes) -> None:
    """A thousandth of a second of our own work, however busy the machine; with the square it were minutes."""
    began = time.process_time()
    with pytest.raises(PictureError):
        accepted_format(piece * 200_000)
    assert time.process_time() - began < 20
