"""What a person brings is kept without loss, so that its master given again makes the same picture."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from talentimg.errors import PictureError
from talentimg.images.renditions import make_picture, recut_picture, remade_picture
from talentimg.models import MASTER, Part, Reason
from talentimg.store.keys import key_of, object_key
from tests.conftest import NOW
from tests.images.samples import encoded, noisy, portrait, wide_gamut_profile

if TYPE_CHECKING:
    from talentimg.images.renditions import Rendered


def brought(data: bytes, part: Part | None = None) -> Rendered:
    digest = hashlib.sha256(data).hexdigest()
    return make_picture(data, source_hash=digest, now=NOW, key_for=key_of, part=part, lossless=True)


def master(made: Rendered) -> bytes:
    form = made.picture.master
    assert form is not None
    return made.objects[form.key]


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


def turned(image: Image.Image, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a secret place"
    return encoded(image, "JPEG", exif=exif, quality=92)


def with_alpha(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    image.putalpha(Image.radial_gradient("L").resize(image.size))
    return image


def deep_grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("I").point(lambda level: level * 257).convert("I;16")


def moving(image: Image.Image, name: str, **options: Any) -> bytes:
    blank = Image.new("RGB", image.size, "white")
    return encoded(blank, name, save_all=True, append_images=[image], duration=100, **options)


WRITERS: dict[str, Any] = {
    "jpeg": lambda image, _: encoded(image, "JPEG", quality=90),
    "turned": lambda image, number: turned(image, 1 + number % 8),
    "cmyk": lambda image, _: encoded(image.convert("CMYK"), "JPEG"),
    "grey": lambda image, _: encoded(image.convert("L"), "JPEG"),
    "wide": lambda image, _: encoded(image, "JPEG", icc_profile=wide_gamut_profile()),
    "png": lambda image, _: encoded(image, "PNG", icc_profile=wide_gamut_profile()),
    "deep": lambda image, _: encoded(deep_grey(image), "PNG"),
    "alpha": lambda image, _: encoded(with_alpha(image), "PNG"),
    "palette": lambda image, _: encoded(image.quantize(37), "PNG"),
    "webp": lambda image, _: encoded(image, "WEBP", quality=60),
    "clear webp": lambda image, _: encoded(with_alpha(image), "WEBP", lossless=True),
    "avif": lambda image, _: encoded(image, "AVIF", speed=10),
    "gif": lambda image, _: encoded(image.quantize(200), "GIF"),
    "moving gif": lambda image, _: moving(image, "GIF"),
    "moving webp": lambda image, _: moving(image, "WEBP"),
    "moving png": lambda image, _: moving(image, "PNG"),
}
SIZES = st.sampled_from(
    [(16, 16), (16, 64), (64, 16), (97, 101), (401, 399), (640, 640), (1024, 1025)]
) | st.tuples(st.integers(16, 900), st.integers(16, 900)).filter(lambda size: max(size) <= 4 * min(size))


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, Part | None]:
    kind, size, number = draw(st.sampled_from(sorted(WRITERS))), draw(SIZES), draw(st.integers(0, 7))
    image = draw(st.sampled_from([portrait, noisy]))(*size)
    data = WRITERS[kind](image, number)
    side = draw(st.none() | st.integers(16, min(size)))
    return data, None if side is None else Part((min(size) - side) // 2, (min(size) - side) // 3, side)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_a_master_given_again_makes_the_same_picture(file: tuple[bytes, Part | None]) -> None:
    try:
        first = brought(*file)
    except PictureError as error:
        if error.reason is not Reason.PLACEHOLDER:  # what is tiny may be flat
            raise
        return
    again = brought(master(first))
    assert again.objects == first.objects
    assert again.picture.renditions == first.picture.renditions
    assert (again.picture.width, again.picture.height) == (first.picture.width, first.picture.height)
    assert (again.picture.content_hash, again.picture.likeness) == (
        first.picture.content_hash,
        first.picture.likeness,
    )
    assert first.picture.is_lossless
    assert not again.picture.is_remade
    assert master(first) != file[0]


@pytest.mark.parametrize(
    ("size", "whole"),
    [
        ((3000, 4000), (768, 1024)),
        ((4000, 4000), (1000, 1000)),  # shrunk by whole factors
        ((1500, 1500), (1024, 1024)),
        ((4000, 1000), (1600, 400)),  # the square of it has 400 pixels all the same
        ((500, 700), (500, 700)),
        ((16, 64), (16, 64)),
    ],
)
def test_a_master_has_all_that_a_square_may_need_and_no_more(
    size: tuple[int, int], whole: tuple[int, int]
) -> None:
    first = brought(encoded(portrait(*size), "JPEG", quality=90))
    image = opened(master(first))
    assert (image.size, image.mode) == (whole, "RGB")
    assert first.picture.rendition("webp-400").side == min(400, *size)
    assert brought(master(first)).objects == first.objects


def test_a_master_is_bounded_whatever_is_brought() -> None:
    first = brought(encoded(noisy(1500, 1500), "PNG"))
    assert len(master(first)) < 1024 * 1024 * 3 + 10_000


def test_a_master_holds_the_pixels_and_nothing_else() -> None:
    image = portrait(300, 400)
    first = brought(turned(image.transpose(Image.Transpose.ROTATE_90), 6))
    assert b"secret" not in b"".join(first.objects.values())
    whole = opened(master(first))
    assert (whole.size, whole.info.get("exif"), whole.info.get("icc_profile")) == ((300, 400), None, None)
    exact = brought(encoded(image, "PNG"))
    assert opened(master(exact)).tobytes() == image.tobytes()
    form = exact.picture.rendition(MASTER)
    assert (object_key(master(exact), "webp"), form.size, form.side) == (form.key, len(master(exact)), 400)


def test_another_rule_cuts_it_from_the_master() -> None:
    first = brought(encoded(portrait(600, 900), "PNG"))
    recut = recut_picture(first.picture, master(first), key_for=key_of)
    assert recut.objects == {}
    assert recut.picture.is_lossless


def test_an_animation_is_kept_as_the_picture_that_is_shown() -> None:
    image = portrait(400, 500)
    kept = opened(master(brought(moving(image, "PNG"))))
    assert kept.tobytes() == image.tobytes()
    assert getattr(kept, "n_frames", 1) == 1


def test_forms_that_are_lost_are_made_the_same_from_the_master() -> None:
    first = brought(encoded(portrait(600, 900), "PNG"))
    forms = {form.name: first.objects[form.key] for form in first.picture.renditions}
    left = {name: forms[name] for name in ("jpeg-400", MASTER)}
    remade = remade_picture(first.picture, left, key_for=key_of)
    assert remade.picture.renditions == first.picture.renditions
    assert remade.picture.content_hash == first.picture.content_hash
    assert remade.objects.items() <= first.objects.items()
    assert not remade.picture.is_remade
