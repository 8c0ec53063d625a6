"""Bytes become a checked picture, or are refused with the right reason."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from talentimg.errors import PictureError
from talentimg.images.decode import _DECODERS
from talentimg.models import Reason
from tests.images.samples import (
    PNG_SIGNATURE,
    chunk,
    close,
    corners,
    decode,
    encoded,
    looks_like,
    needs_avif,
    noisy_rows,
    png,
    portrait,
    refusal,
    segment,
    wide_gamut_profile,
    with_segments,
)

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", pytest.param("AVIF", marks=needs_avif)]
JPEG = encoded(portrait(), quality=88)


# -- accepted ------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_each_accepted_format_decodes_to_rgb(name: str) -> None:
    decoded = decode(encoded(corners(), name))
    assert (decoded.image.mode, decoded.width, decoded.height, decoded.opacity) == ("RGB", 120, 80, 255)
    assert looks_like(decoded.image, corners(), within=30 if name == "GIF" else 12)


def test_a_large_jpeg_is_shrunk_while_it_is_decoded_and_its_true_size_kept() -> None:
    decoded = decode(encoded(portrait(1600, 2000)))
    assert (decoded.width, decoded.height) == (1600, 2000)
    assert decoded.image.size == (400, 500)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
def test_large_pictures_of_every_mode_are_shrunk_alike(mode: str) -> None:
    name = "JPEG" if mode == "CMYK" else "PNG"
    source = corners(3000, 2000).convert(mode)
    decoded = decode(encoded(source, name))
    assert (decoded.width, decoded.height) == (3000, 2000)
    assert 400 <= min(decoded.image.size) <= 1600
    # Of a dithered picture the average counts, which shrinking gives.
    expected = corners().convert("L" if mode in {"1", "L", "LA"} else "RGB").convert("RGB")
    assert looks_like(decoded.image.reduce(8) if mode == "1" else decoded.image, expected, within=30)


def test_the_picture_of_a_phone_that_takes_two_at_once_is_its_first() -> None:
    """I26: an MPO."""
    data = encoded(corners(), "MPO", save_all=True, append_images=[Image.new("RGB", (120, 80), "black")])
    with Image.open(io.BytesIO(data)) as seen:
        assert seen.format == "MPO"
    assert looks_like(decode(data).image, corners())


def test_a_broken_directory_of_further_pictures_does_not_matter() -> None:
    data = with_segments(JPEG, segment(0xE2, b"MPF\x00II*\x00\x08\x00\x00\x00\xff\xff"))
    assert decode(data).width == 320


@pytest.mark.parametrize("ink", [(0, 255, 255, 0), (255, 0, 255, 0), (0, 0, 0, 128), (60, 20, 0, 30)])
def test_cmyk_has_the_right_colours(ink: tuple[int, int, int, int]) -> None:
    """I09: JPEG stores the inks inverted, as Adobe does."""
    source = Image.new("CMYK", (64, 64), ink)
    cyan, magenta, yellow, black = ink
    expected = tuple(round((255 - c) * (255 - black) / 255) for c in (cyan, magenta, yellow))
    pixel = decode(encoded(source, quality=95)).image.getpixel((32, 32))
    assert isinstance(pixel, tuple)
    assert close(pixel, expected, within=10)


def test_16_bit_grey_keeps_its_middle() -> None:
    """I10."""
    rows = [struct.pack(">64H", *([0x8000] * 64))] * 64
    decoded = decode(png(64, 64, rows, depth=16, colour=0))
    assert decoded.image.getextrema() == ((128, 128),) * 3


def test_16_bit_colour_keeps_its_middle() -> None:
    """I10."""
    rows = [struct.pack(">192H", *([0x8000, 0x4000, 0xC000] * 64))] * 64
    pixel = decode(png(64, 64, rows, depth=16)).image.getpixel((3, 3))
    assert isinstance(pixel, tuple)
    assert close(pixel, (128, 64, 192), within=2)


def transparent(mode: str, *, size: tuple[int, int] = (64, 64)) -> bytes:
    """A picture with a visible middle, clear (and black) all around it."""
    layered = Image.new("RGBA", size, (0, 0, 0, 0))
    wide, high = size
    layered.paste((200, 30, 30, 255), (wide // 4, high // 4, wide * 3 // 4, high * 3 // 4))
    if mode == "P":
        return encoded(layered.quantize(8), "PNG")
    return encoded(layered.convert(mode), "PNG")


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA"])
@pytest.mark.parametrize("side", [64, 1700])
def test_what_was_clear_becomes_white(mode: str, side: int) -> None:
    """I11: never the black that is hidden under it. The large one goes strip by strip."""
    decoded = decode(transparent(mode, size=(side, side)))
    assert decoded.opacity == 255
    assert decoded.image.getpixel((0, 0)) == (255, 255, 255)
    assert decoded.image.getpixel((decoded.image.width // 2,) * 2) != (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_colour_that_stands_for_clear_becomes_white(mode: str) -> None:
    image = corners(64, 64).convert(mode)
    clear = image.getpixel((0, 0))
    decoded = decode(encoded(image, "PNG", transparency=clear))
    assert decoded.image.getpixel((0, 0)) == (255, 255, 255)


def test_one_bit_pictures_decode() -> None:
    """I11."""
    assert decode(encoded(portrait().convert("1"), "PNG")).image.mode == "RGB"


def test_the_opacity_is_seen_before_it_is_gone() -> None:
    assert decode(encoded(Image.new("RGBA", (64, 64), (9, 9, 9, 0)), "PNG")).opacity == 0
    assert decode(encoded(Image.new("RGBA", (64, 64), (9, 9, 9, 77)), "PNG")).opacity == 77


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_colour_profile_is_converted_to_srgb(name: str) -> None:
    """I14: a strong red of the wide gamut is stronger in sRGB's numbers."""
    image = Image.new("RGB", (64, 64), (200, 80, 80))
    options = {"lossless": True} if name == "WEBP" else {}
    plain = decode(encoded(image, name, **options)).image.getpixel((32, 32))
    wide = decode(encoded(image, name, icc_profile=wide_gamut_profile(), **options)).image.getpixel((32, 32))
    assert isinstance(plain, tuple)
    assert isinstance(wide, tuple)
    assert close(plain, (200, 80, 80), within=3)
    assert wide[0] > plain[0] + 8
    assert wide[1] < plain[1] - 8


@pytest.mark.parametrize("profile", [b"garbage" * 50, b"", wide_gamut_profile()[:200]])
def test_a_colour_profile_that_makes_no_sense_is_passed_over(profile: bytes) -> None:
    for image in (corners(), corners().convert("L"), corners().convert("CMYK")):
        assert decode(encoded(image, icc_profile=profile)).width == 120


def test_a_colour_profile_for_another_kind_of_picture_is_passed_over() -> None:
    decoded = decode(encoded(corners().convert("L"), "PNG", icc_profile=wide_gamut_profile()))
    assert looks_like(decoded.image, corners().convert("L").convert("RGB"))


def test_what_follows_the_end_of_a_picture_is_ignored() -> None:
    """I16."""
    for name in ("JPEG", "PNG", "GIF"):
        assert decode(encoded(corners(), name) + b"<script>alert(1)</script>").width == 120


def test_junk_between_the_segments_of_a_jpeg_is_passed_over() -> None:
    assert decode(JPEG[:20] + b"junk\xff\xff\xff\x01" + JPEG[20:]).width == 320


def test_a_format_that_this_pillow_lacks_is_refused_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(_DECODERS, "WEBP")
    assert refusal(encoded(corners(), "WEBP")) is Reason.FORMAT


# -- the first frame and no other ----------------------------------------------


def test_only_the_first_frame_of_a_gif_is_looked_at() -> None:
    """I04: the second frame claims 65535 x 65535."""
    first = encoded(portrait(100, 100), "GIF")
    assert first.endswith(b";")
    second = b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x08\x02\x4c\x01\x00;"
    assert decode(first[:-1] + second).width == 100


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", pytest.param("AVIF", marks=needs_avif)])
def test_animations_give_their_first_frame(name: str) -> None:
    """I05."""
    frames = [Image.new("RGB", (120, 80), (i * 8, 255 - i * 8, 90)) for i in range(30)]
    data = encoded(corners(), name, save_all=True, append_images=frames)
    assert looks_like(decode(data).image, corners(), within=30)


# -- refused -------------------------------------------------------------------


def test_a_gif_without_a_screen_is_none() -> None:
    """I08."""
    whole = encoded(portrait(100, 100), "GIF")
    frame = whole.index(b"," + struct.pack("<HHHH", 0, 0, 100, 100))
    nothing = whole[:6] + bytes(4) + whole[10:frame] + b"," + bytes(8) + whole[frame + 9 :]
    assert refusal(nothing) is Reason.NOT_IMAGE


def test_a_jpeg_without_lines_is_none() -> None:
    """I08."""
    frame = JPEG.index(b"\xff\xc0") + 5
    assert refusal(JPEG[:frame] + bytes(2) + JPEG[frame + 2 :]) is Reason.NOT_IMAGE


@pytest.mark.parametrize("size", [(0, 0), (0, 9), (9, 0)])
def test_a_picture_without_pixels_is_none(size: tuple[int, int]) -> None:
    """I08."""
    assert refusal(png(*size, [])) is Reason.NOT_IMAGE


@pytest.mark.parametrize("kept", [0.5, 0.25, -200])
@pytest.mark.parametrize(
    ("name", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("GIF", {})],
)
def test_cut_pictures_are_truncated(name: str, options: dict[str, Any], kept: float) -> None:
    """I17: never a half-grey face."""
    data = encoded(portrait(), name, **options)
    assert refusal(data[: int(kept if kept < 0 else len(data) * kept)]) is Reason.TRUNCATED


@pytest.mark.parametrize(
    "make",
    [
        lambda: JPEG[:-20],
        lambda: JPEG[:300],
        lambda: encoded(corners(16, 16))[:350],
        lambda: encoded(portrait(), progressive=True)[:-20],
        lambda: encoded(portrait(), "PNG")[:-12],
        lambda: encoded(portrait(), "PNG")[:-1],
        lambda: encoded(portrait(), "WEBP")[:-1],
        lambda: PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)),
    ],
)
def test_pictures_that_lack_a_little_or_nearly_all_are_truncated(make: Callable[[], bytes]) -> None:
    """I17."""
    assert refusal(make()) is Reason.TRUNCATED


@needs_avif
@pytest.mark.parametrize("cut", [1, 200, 0.5])
def test_cut_avif_is_truncated(cut: float) -> None:
    """I17."""
    data = encoded(portrait(), "AVIF")
    assert refusal(data[: -int(cut)] if cut >= 1 else data[: len(data) // 2]) is Reason.TRUNCATED


def test_pixels_that_end_early_are_truncated() -> None:
    """The file is whole; what it holds is not."""
    whole = png(64, 64, noisy_rows(64, 64))
    pixels = zlib.compress(b"".join(b"\x00" + row for row in noisy_rows(64, 64)))
    short = whole.replace(chunk(b"IDAT", pixels), chunk(b"IDAT", pixels[: len(pixels) // 2]))
    assert short != whole
    assert refusal(short) is Reason.TRUNCATED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        random.Random(5).randbytes(1 << 20),
        bytes(1 << 20),
        b"<!doctype html><title>Sign in</title>",
        b"RIFF\x04\x00\x00\x00WEBP",
    ],
)
def test_no_picture_at_all(data: bytes) -> None:
    """I20."""
    assert refusal(data) is Reason.NOT_IMAGE


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_a_note_that_unpacks_to_64_mib_is_refused(kind: bytes) -> None:
    """I21."""
    note = chunk(kind, b"x\x00\x00" + zlib.compress(bytes(64 << 20)))
    assert refusal(png(64, 64, noisy_rows(64, 64), extra=note)) is Reason.NOT_IMAGE


def test_an_animated_png_without_its_frames_is_its_still_picture() -> None:
    """I22."""
    extra = chunk(b"acTL", struct.pack(">II", 2, 0))
    assert decode(png(64, 64, noisy_rows(64, 64), extra=extra)).width == 64


@pytest.mark.parametrize("extra", [chunk(b"fcTL", bytes(26)), chunk(b"acTL", b""), chunk(b"fcTL", b"\x01")])
def test_nonsense_in_an_animated_png_raises_nothing_of_pillows(extra: bytes) -> None:
    """I22: Pillow raises SyntaxError for some of these."""
    data = png(64, 64, noisy_rows(64, 64), extra=chunk(b"acTL", struct.pack(">II", 2, 0)) + extra)
    try:
        assert decode(data).width == 64
    except PictureError as error:
        assert error.reason in {Reason.NOT_IMAGE, Reason.TRUNCATED}  # noqa: PT017  either will do


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.randoms(use_true_random=False))
def test_damage_anywhere_gives_a_picture_or_a_refusal(name: str, source: random.Random) -> None:
    data = bytearray(encoded(corners(), name))
    for _ in range(source.randint(1, 8)):
        data[source.randrange(len(data))] = source.randrange(256)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            mode = decode(bytes(data)).image.mode
        except PictureError:
            mode = "RGB"
    assert mode == "RGB"


# -- threads ---------------------------------------------------------------------


def test_several_threads_decode_at_once() -> None:
    files = [encoded(portrait(400 + i, 500)) for i in range(4)] + [png(9000, 9000, []), JPEG[:-200], b""]

    def outcome(data: bytes) -> object:
        try:
            decoded = decode(data)
        except PictureError as error:
            return error.reason
        return decoded.image.tobytes()

    expected = [outcome(data) for data in files]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(outcome, files * 6)) == expected * 6
