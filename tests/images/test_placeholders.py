"""Pictures that show nothing are recognised, and no portrait is taken for one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from talentimg.errors import PictureError
from talentimg.images.placeholders import is_flat, refuse_placeholder
from talentimg.models import Reason
from tests.images.samples import decode, encoded, portrait

LEVELS = st.integers(0, 255)
COLOURS = st.tuples(LEVELS, LEVELS, LEVELS)


def check(data: bytes) -> Reason | None:
    decoded = decode(data)
    try:
        refuse_placeholder(decoded, decoded.image)
    except PictureError as error:
        return error.reason
    return None


@pytest.mark.parametrize("opacity", [0, 3])
def test_a_transparent_picture_is_a_placeholder_whatever_is_hidden_in_it(opacity: int) -> None:
    """I24."""
    image = portrait().convert("RGBA")
    image.putalpha(opacity)
    assert check(encoded(image, "PNG")) is Reason.PLACEHOLDER


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("side", [200, 2000])
def test_white_on_clear_is_put_on_something_dark(mode: str, side: int) -> None:
    image = Image.new(mode, (side, side))
    ImageDraw.Draw(image).ellipse(
        (side // 4, side // 4, side * 3 // 4, side * 3 // 4), fill=(255,) * len(image.getbands())
    )
    data = encoded(image, "PNG")
    assert check(data) is None
    seen = decode(data).image.convert("L")
    assert (seen.getpixel((2, 2)), seen.getpixel((seen.width // 2, seen.height // 2))) == (32, 255)


@given(COLOURS, st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.integers(16, 400))
def test_one_flat_colour_is_a_placeholder(colour: tuple[int, int, int], name: str, side: int) -> None:
    """I24."""
    assert check(encoded(Image.new("RGB", (side, side), colour), name)) is Reason.PLACEHOLDER


@given(COLOURS, st.integers(30, 95), st.integers(0, 3))
def test_the_noise_of_compression_does_not_hide_a_flat_colour(
    colour: tuple[int, int, int], quality: int, grain: int
) -> None:
    noise = Image.frombytes("L", (128, 128), random.Random(grain).randbytes(128 * 128))
    bands = [noise.point([base + level * grain // 255 for level in range(256)]) for base in colour]
    assert check(encoded(Image.merge("RGB", bands), quality=quality)) is Reason.PLACEHOLDER


@given(
    wall=COLOURS,
    skin=st.sampled_from([(60, 40, 30), (120, 80, 60), (205, 160, 130), (240, 205, 185)]),
    light=st.floats(0.1, 2.5),
    quality=st.integers(20, 95),
)
def test_a_portrait_is_never_a_placeholder(
    wall: tuple[int, int, int], skin: tuple[int, int, int], light: float, quality: int
) -> None:
    """In front of any wall, from nearly dark to far over-exposed."""
    assert check(encoded(portrait(120, 150, wall=wall, skin=skin, light=light), quality=quality)) is None


def test_a_white_head_on_white_and_a_dark_head_in_the_dark_pass() -> None:
    assert check(encoded(portrait(wall=(255, 255, 255), skin=(250, 245, 240), light=1.2))) is None
    assert check(encoded(portrait(wall=(8, 8, 8), skin=(30, 20, 15), light=0.5))) is None


def test_a_small_mark_on_one_colour_is_something_to_see() -> None:
    image = Image.new("RGB", (400, 400), (240, 240, 240))
    ImageDraw.Draw(image).ellipse((190, 190, 210, 210), fill=(30, 30, 30))
    assert not is_flat(image)
    assert check(encoded(image)) is None


def test_a_faint_gradient_is_something_to_see() -> None:
    assert not is_flat(Image.linear_gradient("L").point(lambda level: level / 12).convert("RGB"))
