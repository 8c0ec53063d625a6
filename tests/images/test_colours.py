"""Colours are converted where that changes anything, and as littlecms alone would convert them."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageChops, ImageCms

from talentimg.images.colours import as_srgb
from tests.images.samples import noisy, wide_gamut_profile

if TYPE_CHECKING:
    from PIL import Image

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
WIDE = wide_gamut_profile()


def converted(image: Image.Image, profile: bytes) -> Image.Image:
    """By littlecms alone."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    found = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert found is not None
    return found


def distance(one: Image.Image, other: Image.Image) -> int:
    return max(ImageChops.difference(one, other).tobytes())


def test_a_profile_that_says_srgb_changes_nothing() -> None:
    image = noisy(64, 64)
    assert as_srgb(image, SRGB) is image
    assert as_srgb(image, b"") is image


def test_another_profile_changes_what_it_should() -> None:
    image = noisy(64, 64)
    assert distance(as_srgb(image, WIDE), image) > 50
    assert as_srgb(image, WIDE).tobytes() == converted(image, WIDE).tobytes()


@given(st.integers(0, len(WIDE) - 1), st.integers(0, 255))
def test_no_profile_is_passed_over_that_makes_a_difference(at: int, value: int) -> None:
    """Whichever byte is changed: gammas, primaries, white points, and what makes no sense."""
    profile = WIDE[:at] + bytes((value,)) + WIDE[at + 1 :]
    image = noisy(64, 64)
    try:
        expected = converted(image, profile)
    except (ImageCms.PyCMSError, OSError):
        expected = image
    assert distance(as_srgb(image, profile), expected) <= 2


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("profile", [b"garbage" * 50, b"", WIDE[:200], SRGB, bytes(1 << 20)])
def test_without_a_profile_for_its_mode_a_picture_is_srgb_already(mode: str, profile: bytes) -> None:
    image = noisy(64, 64).convert(mode)
    assert as_srgb(image, profile).tobytes() == image.convert("RGB").tobytes()


def test_threads_do_not_mix_their_profiles_up() -> None:
    image = noisy(200, 200)
    profiles = [WIDE, SRGB, b"", WIDE[:-1] + b"\x01", b"garbage"]
    expected = [as_srgb(image, profile).tobytes() for profile in profiles]
    order = random.Random(1).choices(range(len(profiles)), k=100)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: as_srgb(image, profiles[i]).tobytes(), order))
    assert found == [expected[i] for i in order]
