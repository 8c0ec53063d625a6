"""A square that a person has marked: in the pixels of the upright picture, whatever is stored how."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from talentimg.errors import PictureError
from talentimg.images.decode import decode
from talentimg.images.parts import enough_for
from talentimg.images.renditions import make_picture
from talentimg.models import MASTER, Part, Reason
from talentimg.store.keys import key_of
from tests.images.samples import corners, encoded, looks_like, needs_avif, portrait

if TYPE_CHECKING:
    from datetime import datetime

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(image: Image.Image, orientation: int) -> bytes:
    """The picture lying as the orientation says."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = image.transpose(UNDO[orientation]) if orientation in UNDO else image
    return encoded(turned, quality=95, subsampling=0, exif=exif)


def is_of(image: Image.Image, colour: tuple[int, int, int]) -> bool:
    return looks_like(image.convert("RGB"), Image.new("RGB", image.size, colour))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_upright_before_it_is_cut(orientation: int) -> None:
    data = stored(corners(480, 320), orientation)
    for part, colour in (
        (Part(0, 0, 150), RED),
        (Part(330, 0, 150), GREEN),
        (Part(0, 170, 150), BLUE),
    ):
        cut = decode(data, part)
        assert (cut.width, cut.height) == (150, 150)
        assert is_of(cut.image, colour), (orientation, part)


@pytest.mark.parametrize("orientation", [1, 6])
def test_one_that_is_shrunk_while_it_is_decoded_keeps_the_pixels_of_the_part(orientation: int) -> None:
    data = stored(corners(4800, 3200), orientation)
    large = decode(data, Part(2400, 0, 1600))
    assert (large.width, 400 <= large.image.width < 1600) == (1600, True)
    assert is_of(large.image, GREEN)
    small = decode(data, Part(4400, 0, 400))
    assert (small.image.width, small.image.height) == (400, 400)
    assert is_of(small.image, GREEN)


def test_one_that_is_too_large_to_be_held_is_shrunk_all_the_same() -> None:
    assert enough_for(Part(0, 0, 100), 8000, 8000) == (4000, 4000)
    assert enough_for(Part(0, 0, 100), 4000, 4000) == (4000, 4000)
    assert enough_for(Part(0, 0, 2000), 4000, 4000) == (800, 800)
    assert enough_for(None, 4000, 4000) == (400, 400)


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF", pytest.param("AVIF", marks=needs_avif)])
def test_any_accepted_format_is_cut(name: str) -> None:
    cut = decode(encoded(corners(), name), Part(60, 0, 40))
    assert cut.image.size == (40, 40)
    assert is_of(cut.image, GREEN)


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (Part(0, 0, 81), "120 by 80 pixels: too small for a square of 81 at 0,0"),
        (Part(100, 0, 40), "too small for a square of 40 at 100,0"),
        (Part(0, 60, 40), "too small for a square of 40 at 0,60"),
        (Part(-1, 0, 40), "too small for a square of 40 at -1,0"),
        (Part(0, 0, 15), "only 15 by 15 pixels"),
        (Part(0, 0, 0), "only 0 by 0 pixels"),
        (Part(0, 0, -5), "only -5 by -5 pixels"),
    ],
)
def test_a_square_that_is_not_in_the_picture_is_refused(part: Part, says: str) -> None:
    with pytest.raises(PictureError, match=says) as refused:
        decode(encoded(corners()), part)
    assert refused.value.reason is Reason.TOO_SMALL


def test_the_part_is_all_that_is_kept(now: datetime) -> None:
    image = portrait(600, 900)
    data, part = encoded(image, "PNG"), Part(100, 500, 300)
    made = make_picture(data, source_hash="s", now=now, key_for=key_of, part=part)
    picture = made.picture
    assert (picture.width, picture.height, picture.master) == (300, 300, None)
    assert MASTER not in {form.name for form in picture.renditions}
    with Image.open(io.BytesIO(made.objects[picture.shown.key])) as shown:
        assert shown.size == (300, 300)
        assert looks_like(shown.convert("RGB"), image.crop((100, 500, 400, 800)))


def test_a_part_that_shows_nothing_is_refused_as_such_a_picture_is(now: datetime) -> None:
    with pytest.raises(PictureError, match="one flat colour") as refused:
        make_picture(encoded(corners(), "PNG"), source_hash="s", now=now, key_for=key_of, part=Part(0, 0, 40))
    assert refused.value.reason is Reason.PLACEHOLDER
