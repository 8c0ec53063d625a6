from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from talentimg.demo.default_avatars import default_avatar, identicon, letter_avatar
from talentimg.demo.drawing.look import STYLES, look
from talentimg.demo.pictures import CROWD, CROWD_FACES, encode, picture, warm
from talentimg.demo.portraits import portrait

if TYPE_CHECKING:
    from talentimg.demo.pictures import Media


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(("media", "name"), [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_a_portrait_comes_in_every_format_and_size(media: Media, name: str) -> None:
    image = opened(picture(7, media, 96))
    assert (image.format, image.size) == (name, (96, 96))
    assert len(image.convert("RGB").getcolors(maxcolors=96 * 96) or []) > 500, "nothing like a flat colour"


@pytest.mark.parametrize("face", range(len(STYLES)))
def test_every_style_can_be_drawn_and_is_repeatable(face: int) -> None:
    seed = face * 10
    assert look(seed).style == STYLES[face]
    image = portrait(seed)
    assert (image.mode, image.size) == ("RGB", (512, 512))
    assert image.tobytes() == portrait(seed).tobytes()


def test_ten_seeds_in_a_row_are_one_face_in_ten_pictures() -> None:
    looks = [look(seed) for seed in range(70, 80)]
    assert len({(one.skin, one.hair, one.style, one.glasses) for one in looks}) == 1
    assert len({one.backdrop for one in looks}) == 10


def test_a_crowds_pictures_all_differ_in_bytes_and_in_what_is_seen() -> None:
    seeds = range(CROWD, CROWD + 40 * CROWD_FACES, CROWD_FACES)
    pictures = [picture(seed) for seed in seeds]
    assert len(set(pictures)) == 40
    images = [opened(data) for data in pictures]
    assert {image.size for image in images} == {(400, 400)}
    reencoded = {hashlib.sha256(encode(image, "webp")).digest() for image in images}
    assert len(reencoded) == 40
    difference = ImageChops.difference(images[0], images[1]).convert("L")
    box = difference.point(lambda value: 255 if value > 24 else 0).getbbox()
    assert box is not None
    assert box[2] <= 32, "they differ only along the left edge"


def test_a_crowds_picture_is_the_same_every_time() -> None:
    assert picture(CROWD + 5) == picture(CROWD + 5)
    assert opened(picture(CROWD + 5, "jpeg", 88)).size == (88, 88)
    assert opened(picture(CROWD + 5, "webp")).format == "WEBP"


def test_twenty_thousand_pictures_are_twenty_thousand() -> None:
    assert len({hashlib.sha1(picture(seed)).digest() for seed in range(CROWD, CROWD + 20_000)}) == 20_000


def test_drawing_beforehand_changes_nothing() -> None:
    warm([3, CROWD + 2])
    assert opened(picture(3)).size == (512, 512)


def test_default_avatars_are_pictures_and_differ_by_platform() -> None:
    pictures = [default_avatar(name) for name in ("instagram", "tiktok", "mastodon", "gravatar")]
    assert len(set(pictures)) == 4
    assert opened(default_avatar("mastodon", "png")).format == "PNG"
    assert letter_avatar("A") != letter_avatar("B")
    assert opened(letter_avatar("")).size == (400, 400)
    icon = opened(identicon("42")).convert("RGB")
    assert len(icon.getcolors() or []) == 2
    assert identicon("42") != identicon("43")
