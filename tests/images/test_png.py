"""A PNG is read when all its rows are there, and only then."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from talentimg.errors import PictureError
from talentimg.images.png import take_apart
from talentimg.models import Reason
from tests.images.samples import PNG_SIGNATURE, chunk, corners, decode, encoded, looks_like, png, portrait
from tests.images.test_orientation import exif_with

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = [
    (1, 0),
    (2, 0),
    (4, 0),
    (8, 0),
    (16, 0),
    (8, 2),
    (16, 2),
    (1, 3),
    (4, 3),
    (8, 3),
    (8, 4),
    (8, 6),
    (16, 6),
]
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
"""Of an interlaced picture: left, top, and how far it is to the next column and row."""
PALETTE = chunk(b"PLTE", bytes(range(255, -1, -1)) * 3)


def reason(data: bytes) -> Reason | None:
    try:
        decode(data)
    except PictureError as error:
        return error.reason
    return None


def rows(width: int, height: int, bits: int, *, interlaced: bool) -> list[int]:
    """How long every row is, in the order of the file."""
    passes = PASSES if interlaced else [(0, 0, 1, 1)]
    found = []
    for left, top, right, down in passes:
        columns = len(range(left, width, right))
        found += [-(-columns * bits // 8)] * (len(range(top, height, down)) if columns else 0)
    return found


@st.composite
def pictures(draw: st.DrawFn) -> tuple[bytes, bytes, list[int]]:
    """What stands before the pixels, the pixels, and where each of their rows ends."""
    (depth, colour), interlaced = draw(st.sampled_from(DEPTHS)), draw(st.booleans())
    width, height = draw(st.integers(16, 60)), draw(st.integers(16, 60))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    ends, pixels = [], b""
    for length in rows(width, height, depth * CHANNELS[colour], interlaced=interlaced):
        noise = (
            draw(st.randoms(use_true_random=False)).randbytes(length)
            if draw(st.booleans())
            else bytes(length)
        )
        pixels += bytes((draw(st.integers(0, 4)),)) + noise
        ends.append(len(pixels))
    return PNG_SIGNATURE + chunk(b"IHDR", header) + (PALETTE if colour == 3 else b""), pixels, ends


@st.composite
def packed(draw: st.DrawFn, pixels: bytes) -> bytes:
    """The pixels as any encoder might pack them, in one chunk or in several, some of them empty."""
    packer = zlib.compressobj(
        draw(st.integers(0, 9)),
        zlib.DEFLATED,
        draw(st.integers(9, 15)),
        draw(st.integers(1, 9)),
        draw(
            st.sampled_from(
                [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]
            )
        ),
    )
    data = packer.compress(pixels) + packer.flush()
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=4)))
    return b"".join(chunk(b"IDAT", data[start:end]) for start, end in pairwise((0, *cuts, len(data))))


@given(st.data(), pictures(), st.sampled_from([b"", chunk(b"tEXt", b"Comment\x00..."), chunk(b"IDAT", b"")]))
def test_no_whole_picture_is_refused(
    data: st.DataObject, picture: tuple[bytes, bytes, list[int]], behind: bytes
) -> None:
    head, pixels, _ = picture
    assert reason(head + data.draw(packed(pixels)) + behind + chunk(b"IEND", b"")) is None


@given(st.data(), pictures())
def test_no_picture_that_lacks_rows_is_read_though_it_ends_well(
    data: st.DataObject, picture: tuple[bytes, bytes, list[int]]
) -> None:
    head, pixels, ends = picture
    fewer = pixels[: data.draw(st.sampled_from([0, *ends[:-1]]))]
    assert reason(head + data.draw(packed(fewer)) + chunk(b"IEND", b"")) is Reason.TRUNCATED


@pytest.mark.parametrize("side", [400, 2000])
def test_half_of_a_large_one_is_truncated(side: int) -> None:
    half = [bytes(range(240)) * (side * 3 // 240)] * (side // 2)
    assert reason(png(side, side, half)) is Reason.TRUNCATED
    assert reason(png(side, side, half * 2)) is None


def test_an_animation_of_which_the_first_picture_is_whole_is_read() -> None:
    data = encoded(corners(), "PNG", save_all=True, append_images=[portrait(120, 80)] * 3)
    assert b"acTL" in data
    assert looks_like(decode(data).image, corners())


def test_a_picture_without_pixels_is_truncated() -> None:
    assert (
        reason(
            PNG_SIGNATURE
            + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
            + chunk(b"IEND", b"")
        )
        is Reason.TRUNCATED
    )


@pytest.mark.parametrize("place", ["before the pixels", "behind the pixels"])
def test_exif_is_found_wherever_it_stands_and_no_text_is_taken_for_it(place: str) -> None:
    turned = corners().transpose(Image.Transpose.ROTATE_90)
    text = PngInfo()
    text.add_text("exif", "Exif")
    text.add_text("Raw profile type exif", "\nexif\n" + exif_with(8).hex())
    data = encoded(turned, "PNG", exif=exif_with(6), pnginfo=text)
    whole = next(piece for piece in (chunk(b"eXIf", exif_with(6)[6:]),) if piece in data)
    if place == "behind the pixels":
        data = data.replace(whole, b"").replace(chunk(b"IEND", b""), whole + chunk(b"IEND", b""))
    assert looks_like(decode(data).image, corners())


def damaged(body: bytes) -> bytes:
    """A chunk whose checksum is wrong."""
    return body[:-1] + bytes((body[-1] ^ 1,))


GAMMA = chunk(b"gAMA", (100_000).to_bytes(4, "big"))


@pytest.mark.parametrize(
    "broken",
    [
        chunk(b"iCCP", b"name without an end"),
        chunk(b"iCCP", b"x\0\1" + zlib.compress(b"of an unknown compression")),
        chunk(b"iCCP", b"x\0\0not compressed"),
        chunk(b"iCCP", b"x\0\0" + zlib.compress(b"cut short")[:-6]),
        chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile")),
        chunk(b"zTXt", b""),
        chunk(b"tIME", b"never"),
        chunk(b"fcTL", b""),
        damaged(GAMMA),
        damaged(chunk(b"tEXt", b"Comment\0hello")),
        damaged(chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile"))),
    ],
    ids=str,
)
def test_what_is_broken_beside_the_pixels_is_passed_over(broken: bytes) -> None:
    clean = encoded(corners(), "PNG")
    at = clean.index(b"IDAT") - 4
    assert decode(clean[:at] + broken + clean[at:]).image.tobytes() == decode(clean).image.tobytes()


@pytest.mark.parametrize(("gamma", "is_lighter"), [(1.0, True), (0.6, True), (0.3, False), (0.4545, None)])
def test_the_exponent_that_a_file_names_is_honoured(gamma: float, is_lighter: bool | None) -> None:
    grey = encoded(Image.linear_gradient("L"), "PNG")
    at = grey.index(b"IDAT") - 4
    notes = chunk(b"gAMA", round(gamma * 100_000).to_bytes(4, "big"))
    plain, seen = (
        list(decode(data).image.convert("L").tobytes())[128 * 256]
        for data in (grey, grey[:at] + notes + grey[at:])
    )
    assert (None if seen == plain else seen > plain) is is_lighter


@pytest.mark.parametrize("gamma", [0, 2**31, 1])
def test_an_exponent_without_meaning_does_no_harm(gamma: int) -> None:
    data = encoded(corners(), "PNG")
    at = data.index(b"IDAT") - 4
    assert decode(data[:at] + chunk(b"gAMA", gamma.to_bytes(4, "big")) + data[at:]).width == corners().width


def test_a_file_that_says_srgb_is_srgb_whatever_its_exponent() -> None:
    data = encoded(corners(), "PNG")
    at = data.index(b"IDAT") - 4
    both = data[:at] + GAMMA + chunk(b"sRGB", b"\0") + data[at:]
    assert decode(both).image.tobytes() == decode(data).image.tobytes()


@pytest.mark.parametrize(("notes", "is_read"), [(3, True), (40, False)])
def test_notes_that_are_small_one_by_one_are_bounded_together(notes: int, is_read: bool) -> None:
    clean = encoded(corners(), "PNG")
    at = clean.index(b"IDAT") - 4
    note = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000)))
    assert reason(clean[:at] + note * notes + clean[at:]) is (None if is_read else Reason.NOT_IMAGE)


def test_a_colour_of_16_bits_that_is_to_be_transparent_is() -> None:
    light, dark = (level.to_bytes(2, "little") for level in (60_000, 30_000))
    rows = [(light if 16 <= x < 48 and 16 <= y < 48 else dark) for y in range(64) for x in range(64)]
    shape = Image.frombytes("I;16", (64, 64), b"".join(rows))
    data = encoded(shape, "PNG")
    at = data.index(b"IDAT") - 4
    seen = decode(data[:at] + chunk(b"tRNS", (30_000).to_bytes(2, "big")) + data[at:]).image.convert("L")
    assert (seen.getpixel((2, 2)), seen.getpixel((32, 32))) == (255, 60_000 // 257)


def test_a_png_comes_apart_into_what_its_decoder_gets_and_its_exif() -> None:
    data = encoded(portrait(), "PNG", exif=exif_with(6))
    parts = take_apart(data)
    assert (parts.exif, parts.is_complete) == (exif_with(6)[6:], True)
    assert [parts.body[at : at + 4] for at in (12, 37)] == [b"IHDR", b"IDAT"]
    assert parts.body.endswith(chunk(b"IEND", b""))
    assert not take_apart(data[:-1]).is_complete
