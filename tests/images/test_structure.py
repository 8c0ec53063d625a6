"""How files say they are built."""

from __future__ import annotations

import struct

import pytest

from talentimg.images.structure import is_complete, webp_size
from tests.images.samples import encoded, portrait


def box(size: int, body: bytes = b"", *, wide: int | None = None) -> bytes:
    return struct.pack(">I", size) + b"mdat" + (b"" if wide is None else struct.pack(">Q", wide)) + body


@pytest.mark.parametrize(
    ("data", "complete"),
    [
        (box(12, bytes(4)), True),
        (box(12, bytes(4)) + box(8), True),
        (box(12, bytes(3)), False),
        (box(12, bytes(4)) + b"\x00\x00", False),
        (box(0, bytes(40)), True),
        (box(1, bytes(8), wide=24), True),
        (box(1, bytes(7), wide=24), False),
        (box(1, bytes(8), wide=3), False),
        (box(7, bytes(8)), False),
    ],
)
def test_boxes_must_reach_their_end(data: bytes, complete: bool) -> None:
    assert is_complete("AVIF", data) is complete


@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"exif": b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00"}]
)
def test_the_size_of_a_webp_is_read_from_its_header(options: dict[str, object]) -> None:
    assert webp_size(encoded(portrait(321, 123), "WEBP", **options)) == (321, 123)


def test_an_unknown_kind_of_webp_has_no_size() -> None:
    assert webp_size(b"RIFF\x10\x00\x00\x00WEBPVP9 " + bytes(20)) is None
