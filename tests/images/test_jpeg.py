"""Every JPEG that the decoder can read is read, whoever wrote it and whatever notes it carries."""

from __future__ import annotations

import random
import struct
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from talentimg.images.jpeg import take_apart
from talentimg.models import Reason
from tests.images.samples import (
    corners,
    decode,
    encoded,
    grey_jpeg,
    portrait,
    refusal,
    segment,
    wide_gamut_profile,
    with_segments,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.images.decoded import Decoded

MADE_BY_HAND = [{}, {"restarts": True}, {"apart": True}, {"restarts": True, "apart": True}]
FF_AT_THE_END = segment(0xFE, b"made by x\xff")


def exif(orientation: int) -> bytes:
    notes = Image.Exif()
    notes[0x0112] = orientation
    return notes.tobytes()


TURNED = encoded(
    corners().transpose(Image.Transpose.ROTATE_90),
    progressive=True,
    exif=exif(6),
    icc_profile=wide_gamut_profile(),
)
"""Several scans, a profile, and stored on its side."""


def places(data: bytes) -> Iterator[int]:
    """Where a segment may stand: in front of each other one, and of the end."""
    at = 2
    while data[at + 1] != 0xD9:
        yield at
        is_scan = data[at + 1] == 0xDA
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        while is_scan and (data[at] != 0xFF or data[at + 1] in {0, *range(0xD0, 0xD8)}):
            at += 1
    yield at


def inserted(data: bytes, piece: bytes, at: int) -> bytes:
    return data[:at] + piece + data[at:]


def same(one: Decoded, other: Decoded) -> bool:
    return (one.width, one.height, one.image.tobytes()) == (other.width, other.height, other.image.tobytes())


# -- notes ---------------------------------------------------------------------

BEGINNINGS = [
    b"Exif\x00\x00",
    b"JFIF\x00",
    b"ICC_PROFILE\x00",
    b"Adobe",
    b"Photoshop 3.0\x008BIM",
    b"MPF\x00",
    b"",
]
ENDS = [b"", b"\xff", b"\xff\xff", b"\xff\xda", b"\xff\xd9", b"\xff\xd8\xff"]
PAYLOADS = st.tuples(st.sampled_from(BEGINNINGS), st.binary(max_size=40), st.sampled_from(ENDS)).map(b"".join)
NOTE_MARKERS = st.sampled_from([0xFE, *range(0xE0, 0xF0)])
FILL = st.integers(0, 3).map(b"\xff".__mul__)
BASES = st.sampled_from([TURNED, *(b"".join(grey_jpeg(48, 32, **how)) for how in MADE_BY_HAND)])


@given(st.data(), BASES, NOTE_MARKERS, PAYLOADS, FILL)
def test_no_note_anywhere_changes_the_picture(
    data: st.DataObject, base: bytes, marker: int, payload: bytes, fill: bytes
) -> None:
    assume(not payload.startswith((b"Exif", b"JFIF", b"ICC_PROFILE", b"Adobe")))
    at = data.draw(st.sampled_from(list(places(base))))
    assert same(decode(inserted(base, fill + segment(marker, payload), at)), decode(base))


@given(st.data(), BASES, st.lists(st.tuples(NOTE_MARKERS, PAYLOADS), max_size=4))
def test_no_notes_that_may_mean_something_spoil_the_picture(
    data: st.DataObject, base: bytes, notes: list[tuple[int, bytes]]
) -> None:
    at = data.draw(st.sampled_from(list(places(base))))
    sides = {decode(base).width, decode(base).height}
    decoded = decode(inserted(base, b"".join(segment(*note) for note in notes), at))
    assert {decoded.width, decoded.height} == sides


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04"), id="a Photoshop block that ends early"),
        pytest.param(segment(0xE0, b"JFIF\x00"), id="a short JFIF"),
        pytest.param(segment(0xE2, b"ICC_PROFILE\x00"), id="a profile without its number"),
        pytest.param(segment(0xEE, b"Adobe\x00"), id="a short Adobe note"),
        pytest.param(
            segment(0xE2, b"MPF\x00II*\x00\x08\x00\x00\x00\xff\xff"), id="a broken list of pictures"
        ),
        pytest.param(segment(0xE1, b"Exif\x00\x00rest") * 5000, id="thousands of EXIF segments"),
        pytest.param(b"\xff\x01\xff\xd0", id="marks without a length"),
    ],
)
def test_a_broken_note_is_passed_over(note: bytes) -> None:
    base = b"".join(grey_jpeg(48, 32))
    assert same(decode(with_segments(base, note)), decode(base))


# -- segments that end in FF ---------------------------------------------------


@pytest.mark.parametrize("how", MADE_BY_HAND)
@pytest.mark.parametrize("fill", [b"", b"\xff", b"\xff" * 5])
def test_pictures_made_by_hand_are_read(how: dict[str, bool], fill: bytes) -> None:
    """Their quantisation table ends in FF, and fill bytes may stand before any marker."""
    decoded = decode(fill.join(grey_jpeg(48, 32, **how)))
    assert (decoded.width, decoded.height) == (48, 32)
    assert decoded.image.getextrema() == ((128, 128),) * 3


@pytest.mark.parametrize("at", range(1, 8))
def test_what_follows_a_segment_that_ends_in_ff_is_seen(at: int) -> None:
    pieces = grey_jpeg(48, 32, restarts=True)
    pieces.insert(at, FF_AT_THE_END)
    assert decode(b"".join(pieces)).image.getextrema() == ((128, 128),) * 3


@pytest.mark.parametrize("progressive", [False, True])
def test_every_quality_is_read(progressive: bool) -> None:
    for quality in range(1, 101):
        assert decode(encoded(corners(48, 32), quality=quality, progressive=progressive)).width == 48


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_seen_behind_a_segment_that_ends_in_ff(orientation: int) -> None:
    notes = segment(0xE1, exif(orientation) + b"\xff")
    plain = decode(with_segments(encoded(corners()), notes))
    noted = decode(with_segments(encoded(corners()), FF_AT_THE_END, notes))
    assert same(noted, plain)
    assert (plain.width > plain.height) is (orientation < 5)


def test_exif_that_goes_on_in_a_second_segment_is_read_as_one() -> None:
    """Its directory stands behind what fits into the first."""
    directory = struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 8, 0, 0)
    notes = b"II*\x00" + struct.pack("<I", 65_000) + bytes(64_992) + directory
    parts = [segment(0xE1, b"Exif\x00\x00" + part) for part in (notes[:64_000], notes[64_000:])]
    turned = decode(with_segments(encoded(corners()), *parts))
    assert same(turned, decode(with_segments(encoded(corners()), segment(0xE1, exif(8)))))


def profile_segments(*ends: int) -> list[bytes]:
    """The profile cut at these places."""
    profile = wide_gamut_profile()
    pieces = [profile[start:end] for start, end in pairwise((0, *ends, len(profile)))]
    count = len(pieces)
    return [
        segment(0xE2, b"ICC_PROFILE\x00" + bytes((i, count)) + piece) for i, piece in enumerate(pieces, 1)
    ]


def test_a_profile_in_pieces_that_end_in_ff_is_used_in_its_order() -> None:
    red = encoded(Image.new("RGB", (64, 64), (200, 80, 80)))
    first = wide_gamut_profile().index(b"\xff\xff") + 1
    pieces = profile_segments(first, first + 1)
    assert [piece[-1] for piece in pieces[:2]] == [0xFF, 0xFF]
    expected = decode(with_segments(red, *profile_segments()))
    assert not same(expected, decode(red))
    assert same(decode(with_segments(red, *pieces)), expected)
    assert same(decode(with_segments(red, *reversed(pieces))), expected)


def test_a_profile_is_used_wherever_it_stands_before_the_pixels() -> None:
    red = encoded(Image.new("RGB", (64, 64), (200, 80, 80)))
    expected = decode(with_segments(red, *profile_segments()))
    for at in places(red):
        if at <= red.index(b"\xff\xda"):
            assert same(decode(inserted(red, profile_segments()[0], at)), expected)


def test_cmyk_keeps_its_colours_behind_a_profile_that_ends_in_ff() -> None:
    data = encoded(corners().convert("CMYK"))
    profile = segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + bytes(200) + b"\xff\xff")
    assert same(decode(with_segments(data, profile)), decode(data))


# -- scans, and what follows them ----------------------------------------------


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(encoded(portrait(), progressive=True) * 30, id="more pictures, of 300 scans"),
        pytest.param(random.Random(2).randbytes(1 << 20) + b"\xff\xda" * 500, id="a film"),
        pytest.param(b"\xff", id="an FF"),
    ],
)
def test_what_follows_the_picture_does_not_count(behind: bytes) -> None:
    assert same(decode(TURNED + behind), decode(TURNED))


SCANS = segment(0xDA, bytes((1, 1, 0, 0, 63, 0))) * 101


@pytest.mark.parametrize(
    "hidden",
    [
        b"",
        pytest.param(b"\xff\x02\xff\xff", id="behind a reserved marker that takes no length"),
        pytest.param(segment(0xFE, b"\xff\xd9"), id="behind an end mark in a comment"),
        pytest.param(b"\x00\xff\x00\xff\xd5", id="behind pixels"),
    ],
)
def test_too_many_scans_are_refused_wherever_they_hide(hidden: bytes) -> None:
    assert refusal(b"".join(grey_jpeg(48, 32)[:-1]) + hidden + SCANS + b"\xff\xd9") is Reason.PIXELS


def test_a_hundred_scans_are_read() -> None:
    *pieces, scan, end = grey_jpeg(48, 32, apart=True)
    assert decode(b"".join((*pieces, scan * 98, end))).width == 48
    assert refusal(b"".join((*pieces, scan * 99, end))) is Reason.PIXELS


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        (b"\xff", Reason.TRUNCATED),
        (b"\xff\xe0\x00\x02", Reason.PIXELS),
        (b"\xff\xfe\x00\x00", Reason.PIXELS),
        (b"\xff\x00", Reason.TRUNCATED),
        (b"\xff\x01", Reason.TRUNCATED),
    ],
)
def test_endless_headers_are_given_up(piece: bytes, reason: Reason) -> None:
    assert refusal(b"\xff\xd8\xff\xe0\x00\x02" + piece * (4_000_000 // len(piece))) is reason


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff\xe0\xff\xff", b"".join(grey_jpeg(48, 32)[:-2]) + b"\xff\xd9"]
)
def test_without_a_scan_there_is_nothing_to_decode(data: bytes) -> None:
    assert refusal(data) is Reason.TRUNCATED


def test_a_large_lossless_picture_is_read_at_its_full_size() -> None:
    """One bit for every pixel: it is like its neighbour."""
    frame = struct.pack(">BHHB", 8, 1600, 1600, 1) + b"\x01\x11\x00"
    data = b"".join((
        b"\xff\xd8",
        segment(0xC3, frame),
        segment(0xC4, b"\x00\x01" + bytes(16)),
        segment(0xDA, b"\x01\x01\x00\x01\x00\x00"),
        bytes(1600 * 1600 // 8),
        b"\xff\xd9",
    ))  # fmt: skip
    decoded = decode(data)
    assert decoded.width == 1600
    assert decoded.image.getextrema() == ((128, 128),) * 3


ARITHMETIC_SCAN = bytes.fromhex(
    "d2646fe2ed89c6a71c212dfceaad5fb1d0e710918bbcfbb22717c2f85b3fd2047a334c92cede621e875411fdd421f751"
    "b09577e1e42d67b2c0c8b6c1af8a991078dbdb44abc10d545c96a9d4c10ff1ed4d265df09a11356e7a46da00de49bd24"
    "4bac4f5a959ae7bf1a293c874d435199a05fac1c427cb986988cd39cbc42418b4e6c5e1cd807b49d8dbcaf03ae6851d7"
    "4166f1ac033fa23729862e9b4cf378215d7da2d569f4af14787b49398140"
)
"""Grey clouds of 48 by 32 pixels, as `cjpeg -arithmetic` wrote them."""


ARITHMETIC_FRAME = segment(0xC9, struct.pack(">BHHB", 8, 32, 48, 1) + b"\x01\x11\x00")
ARITHMETIC_TABLE = segment(0xDB, b"\x00" + b"\x10" * 64)
ARITHMETIC = b"".join((
    b"\xff\xd8",
    ARITHMETIC_TABLE,
    ARITHMETIC_FRAME,
    segment(0xDA, bytes((1, 1, 0, 0, 63, 0))),
    ARITHMETIC_SCAN,
    b"\xff\xd9",
))  # fmt: skip


def test_arithmetic_coding_is_read_beyond_the_first_64_kib() -> None:
    """Its decoder has to have the whole file at once. Repeated tables move the pixels to the border."""
    tables = 65_536 - len(ARITHMETIC_FRAME) - len(ARITHMETIC_SCAN) // 2
    more = ARITHMETIC_TABLE * (tables // len(ARITHMETIC_TABLE))
    long = ARITHMETIC[:2] + more + ARITHMETIC[2:]
    assert len(long) - len(ARITHMETIC_SCAN) < 65_536 < len(long)
    assert same(decode(long), decode(ARITHMETIC))
    assert len(decode(ARITHMETIC).image.getcolors() or ()) > 50


# -- taken apart ---------------------------------------------------------------


def test_a_jpeg_comes_apart_into_what_is_needed_and_its_notes() -> None:
    data = encoded(portrait())
    noted = with_segments(data, segment(0xE1, b"Exif\x00\x00first"), segment(0xE1, b"Exif\x00\x00second"))
    noted = with_segments(noted, segment(0xFE, b"comment"), segment(0xE2, b"MPF\x00"), segment(0xED, b"IPTC"))
    parts = take_apart(noted)
    assert b"".join(parts.pieces) == data[:-2]
    assert parts.exif == b"firstsecond"
    assert (parts.can_shrink, parts.is_arithmetic) == (True, False)


def test_each_piece_ends_with_the_data_of_a_scan() -> None:
    data = encoded(portrait(), progressive=True)
    pieces = take_apart(data).pieces
    assert len(pieces) == data.count(b"\xff\xda") > 5
    assert all(piece.count(b"\xff\xda") == 1 for piece in pieces)
    assert b"".join(pieces) == data[:-2]


def test_what_the_colours_depend_on_is_needed() -> None:
    profile, adobe = segment(0xE2, b"ICC_PROFILE\x00\x01\x01..."), segment(0xEE, b"Adobe\x00\x64" + bytes(5))
    data = with_segments(encoded(portrait()), profile, adobe)
    assert b"".join(take_apart(data).pieces) == data[:-2]


@pytest.mark.parametrize(
    ("data", "held"),
    [
        (encoded(corners(64, 48)), 0),
        (encoded(corners(64, 48), progressive=True, subsampling=0), 64 * 48 * 3),
        (encoded(corners(64, 48), progressive=True, subsampling=1), 64 * 48 * 2),
        (encoded(corners(64, 48), progressive=True, subsampling=2), 64 * 48 * 3 // 2),
        (encoded(corners(64, 48).convert("L"), progressive=True), 64 * 48),
        (encoded(corners(64, 48).convert("CMYK"), progressive=True), 64 * 48 * 4),
        (b"".join(grey_jpeg(64, 48)), 0),
        (b"".join(grey_jpeg(64, 48, apart=True)), 64 * 48 * 3),
        (ARITHMETIC, 0),
        (b"\xff\xd8\xff\xc2\x00\x02\xff\xda\x00\x02\xff\xd9", 0),
        (b"\xff\xd8\xff\xc2\x00\x0b\x08\xff\xff\xff\xff\x03\x01\x00\x00\xff\xda\x00\x02\xff\xd9", 0),
    ],
)
def test_what_has_to_be_held_follows_from_the_frame_and_its_first_scan(data: bytes, held: int) -> None:
    assert take_apart(data).held == held
