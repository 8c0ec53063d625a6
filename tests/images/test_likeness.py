"""Pictures that look the same are known whatever their bytes, and no two that look different are confused."""

from __future__ import annotations

import io
import random
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from talentimg.demo.default_avatars import SILHOUETTES, default_avatar, letter_avatar
from talentimg.demo.portraits import portrait as drawn
from talentimg.errors import PictureError
from talentimg.images.drawings import KNOWN, drawn_by
from talentimg.images.likeness import likeness_of
from talentimg.images.renditions import make_picture
from talentimg.models import Reason
from talentimg.models.likeness import HASH, TOLERANCE, alike, halves
from tests.conftest import NOW
from tests.images.samples import encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULTS = {name: default_avatar(name, "png") for name in SILHOUETTES} | {
    letter: letter_avatar(letter, "png") for letter in "ABMOQ"
}


def likeness(data: bytes) -> str | None:
    made = make_picture(data, source_hash="", now=NOW, key_for=lambda body, suffix: f"{len(body)}.{suffix}")
    return made.picture.likeness


def variants(data: bytes) -> Iterator[bytes]:
    """The same picture as other servers, sizes and encoders give it."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    for quality in (20, 50, 75, 95):
        yield encoded(image, quality=quality)
    yield encoded(image, "WEBP", quality=40)
    yield encoded(image.quantize(32).convert("RGB"), "PNG")
    for side in (96, 150, 320, 640):
        yield encoded(image.resize((side, side), Image.Resampling.BICUBIC), quality=80)


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_avatar_is_known_in_every_encoding_and_size(name: str) -> None:
    known = [likeness(DEFAULTS[name]), *map(likeness, variants(DEFAULTS[name]))]
    for one, other in combinations(known, 2):
        assert alike(one, other)
        assert set(halves(one)) & set(halves(other)) - {None}, "and an index finds it"


def test_different_default_avatars_and_portraits_do_not_look_the_same() -> None:
    people = [encoded(drawn(number)) for number in range(30)]
    silhouettes = [DEFAULTS["instagram"], DEFAULTS["mastodon"], *(DEFAULTS[letter] for letter in "ABMO")]
    for one, other in combinations(map(likeness, (*people, *silhouettes)), 2):
        assert not alike(one, other)


def gradient(dark: int, bright: int) -> Image.Image:
    band = Image.linear_gradient("L").resize((96, 96))
    return band.point([dark + level * (bright - dark) // 255 for level in range(256)]).convert("RGB")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(("dark", "bright"), [(0, 0), (0, 12), (0, 255), (100, 140), (230, 255), (255, 255)])
def test_a_flat_picture_and_a_plain_gradient_have_no_likeness(dark: int, bright: int, turn: int) -> None:
    assert likeness_of(gradient(dark, bright).rotate(turn)) is None


@given(st.integers(0, 255), st.integers(0, 2**32), st.integers(0, TOLERANCE))
def test_a_picture_with_hardly_any_contrast_has_no_likeness(ground: int, seed: int, depth: int) -> None:
    """What two of them have in common is the darkness, not the face."""
    noise = Image.frombytes("L", (12, 12), random.Random(seed).randbytes(144)).resize((96, 96))
    shades = [min(255, ground + level * depth // 255) for level in range(256)]
    assert likeness_of(noise.point(shades).convert("RGB")) is None


def picture(seed: int) -> Image.Image:
    noise = Image.frombytes("RGB", (12, 12), random.Random(seed).randbytes(432))
    return noise.resize((96, 96), Image.Resampling.BICUBIC)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.integers(0, 255), st.integers(0, 71))
def test_pictures_that_differ_anywhere_by_more_than_the_tolerance_are_never_alike(
    seed: int, other: int, level: int, place: int
) -> None:
    one, two = picture(seed), picture(seed)
    left, top = place % 9 * 96 / 9, place // 9 * 12
    ImageDraw.Draw(two).rectangle((left, top, left + 11, top + 11), fill=(level, level, level))
    cells = [image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes() for image in (one, two)]
    differ = max(abs(a - b) for a, b in zip(*cells, strict=True))
    assert alike(likeness_of(one), likeness_of(two)) is (differ <= TOLERANCE)
    assert not alike(likeness_of(one), likeness_of(picture(other))) or seed == other


def test_nothing_is_like_a_picture_without_likeness() -> None:
    known = likeness_of(picture(1))
    assert known is not None
    assert alike(known, known)
    assert not alike(None, None)
    assert not alike(known, None)
    assert not alike(None, known)
    assert not alike(known, known[:-2]), "nor one that another version of this program made otherwise"


def test_a_half_without_an_edge_finds_nothing() -> None:
    assert halves("0000000000c0ffee" + "00" * 72) == (None, "00c0ffee")
    assert halves(None) == (None, None)


# -- drawings that are known ---------------------------------------------------------------


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_drawing_is_refused_in_every_encoding_and_size(name: str) -> None:
    """It is made anew from its cells, as it is not ours to give away."""
    cells = Image.frombytes("L", (9, 8), bytes.fromhex(KNOWN[name][HASH:]))
    drawing = encoded(cells.resize((288, 288), Image.Resampling.NEAREST).convert("RGB"), "PNG")
    for data in (drawing, *variants(drawing)):
        with pytest.raises(PictureError, match=f"The picture is what {name} draws") as refused:
            likeness(data)
        assert refused.value.reason is Reason.PLACEHOLDER


def test_no_portrait_is_a_known_drawing() -> None:
    assert {drawn_by(likeness(encoded(drawn(number)))) for number in range(30)} == {None}
    assert drawn_by(None) is None
