"""How similar pictures are."""

import pytest
from PIL import Image, ImageFilter

from tests.bench.similarity import similarity
from tests.images.samples import encoded, portrait


def test_a_picture_is_like_itself() -> None:
    picture = encoded(portrait(96, 96), "PNG")

    assert similarity(picture, picture) == 1


def test_the_more_it_is_blurred_the_less_is_it_like_itself() -> None:
    sharp = portrait(96, 96)

    steps = [
        similarity(encoded(sharp, "PNG"), encoded(sharp.filter(ImageFilter.BoxBlur(radius)), "PNG"))
        for radius in (0.5, 1, 2)
    ]

    assert steps == sorted(steps, reverse=True)
    assert steps[0] < 1


def test_two_flat_pictures_are_judged_by_how_light_they_are() -> None:
    dark, light = (encoded(Image.new("L", (8, 8), level), "PNG") for level in (100, 200))

    # All that the formula leaves: (2 * 100 * 200 + c) / (100 * 100 + 200 * 200 + c), with c = 2.55 squared.
    assert similarity(dark, light) == pytest.approx((40000 + 6.5025) / (50000 + 6.5025))
