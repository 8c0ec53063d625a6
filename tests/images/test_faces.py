"""Faces are looked for by whoever is installed for it, and nobody is kept out for want of one."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from talentimg.images.faces import faces_in, installed_finder
from talentimg.images.square import Face, portrait_square
from tests.images.samples import portrait

SOMEBODY = Face(10, 10, 20, 20)


def broken(image: Image.Image) -> NoReturn:
    message = "libsomething.so.1: cannot open shared object file"
    raise ImportError(message)


@pytest.mark.skipif(find_spec("cv2") is not None, reason="the extra is installed")
def test_without_the_extra_nobody_looks() -> None:
    assert installed_finder() is None
    assert faces_in(portrait(), installed_finder()) is None


def test_a_finder_says_where_they_are_or_that_there_is_none() -> None:
    assert faces_in(portrait(), lambda _: [SOMEBODY]) == [SOMEBODY]
    assert faces_in(portrait(), lambda _: []) == []


@given(st.lists(st.builds(Face, *[st.floats()] * 4) | st.builds(Face, *[st.integers(-400, 400)] * 4)))
def test_no_number_of_a_finder_spoils_a_picture(found: list[Face]) -> None:
    image = Image.new("L", (100, 200))
    faces = faces_in(image, lambda _: found)
    assert faces is not None
    left, top, right, bottom = portrait_square(*image.size, faces)
    assert (left, right, bottom - top) == (0, 100, 100)
    assert 0 <= top <= 100


def test_a_finder_that_does_not_work_has_not_looked_and_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "talentimg.faces"):
        assert [faces_in(portrait(), broken) for _ in range(3)] == [None] * 3
    (told,) = caplog.messages
    assert "`faces`" in told
    assert "ImportError: libsomething.so.1" in told
