"""An animation whose first picture shows nothing is seen by a later one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PIL import Image

from talentimg.errors import PictureError
from talentimg.images.frames import later
from talentimg.images.placeholders import refuse_placeholder
from talentimg.models import Reason
from tests.images.samples import chunk, decode, encoded, looks_like, portrait

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS = ("GIF", "PNG", "WEBP", "AVIF")
EMPTY = {
    "black": Image.new("RGB", (120, 120)),
    "white": Image.new("RGB", (120, 120), "white"),
    "transparent": Image.new("RGBA", (120, 120)),
}
FACE = portrait(120, 120)


def animation(name: str, *pictures: Image.Image) -> bytes:
    first, *others = (picture.convert("RGBA") for picture in pictures)
    lossless = {"lossless": True} if name == "WEBP" else {}
    return encoded(first, name, save_all=True, append_images=others, duration=100, **lossless)


def reason(data: bytes) -> Reason | None:
    try:
        decoded = decode(data)
        refuse_placeholder(decoded, decoded.image)
    except PictureError as error:
        return error.reason
    return None


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("name", FORMATS)
def test_the_first_picture_that_shows_anything_is_taken(name: str, empty: str) -> None:
    data = animation(name, EMPTY[empty], EMPTY[empty], FACE, FACE.rotate(180))
    assert reason(data) is None
    assert looks_like(decode(data).image, FACE)


@pytest.mark.parametrize("name", FORMATS)
def test_a_first_picture_that_shows_something_is_taken(name: str) -> None:
    assert looks_like(decode(animation(name, FACE, FACE.rotate(180))).image, FACE)


@pytest.mark.parametrize("name", FORMATS)
def test_an_animation_that_never_shows_anything_is_a_placeholder(name: str) -> None:
    assert reason(animation(name, *EMPTY.values())) is Reason.PLACEHOLDER


@pytest.mark.parametrize("name", ["GIF", "PNG"])
def test_an_animation_that_breaks_off_after_nothing_shows_nothing(name: str) -> None:
    data = animation(name, EMPTY["black"], FACE)
    ends = {"PNG": data[-12:], "GIF": b"\x00;"}[name]  # where the file ends well all the same
    assert reason(data[: -len(data) // 3] + ends) in {Reason.PLACEHOLDER, Reason.TRUNCATED}


@pytest.mark.parametrize(
    "broken", [chunk(b"acTL", b""), chunk(b"acTL", bytes(8)) + chunk(b"tIME", b"x")[:-1] + b"?"]
)
def test_a_picture_that_shows_nothing_is_called_that_though_its_animation_is_broken(broken: bytes) -> None:
    data = encoded(EMPTY["black"], "PNG")
    at = data.index(b"IDAT") - 4
    assert reason(data[:at] + broken + data[at:]) is Reason.PLACEHOLDER


class Film:
    """As much of an opened animation as is needed here."""

    def __init__(self, size: tuple[int, int], n_frames: int) -> None:
        self.size, self.n_frames = size, n_frames
        self.loaded: list[int] = []
        self._at = 0

    def seek(self, at: int) -> None:
        self._at = at

    def load(self) -> None:
        self.loaded.append(self._at)


@pytest.mark.parametrize(
    ("side", "pictures", "looked_at"), [(100, 3, 2), (100, 10**6, 19), (2500, 10, 3), (5000, 10, 0)]
)
def test_it_costs_no_more_than_one_large_picture(side: int, pictures: int, looked_at: int) -> None:
    film = Film((side, side), pictures)
    assert sum(1 for _ in later(cast("ImageFile", film))) == looked_at
    assert film.loaded == list(range(1, looked_at + 1))
