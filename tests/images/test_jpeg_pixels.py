"""A JPEG is read when all its pixels are there, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.errors import PictureError
from talentimg.images.jpeg import take_apart
from talentimg.models import Reason
from tests.images.samples import decode, encoded, grey_jpeg, noisy, portrait
from tests.images.test_jpeg import ARITHMETIC

if TYPE_CHECKING:
    from PIL import Image

END = b"\xff\xd9"
KINDS: list[dict[str, Any]] = [
    {},
    {"progressive": True},
    {"optimize": True, "subsampling": 0},
    {"restart_marker_blocks": 3},
    {"restart_marker_blocks": 5, "progressive": True},
]


def reason(data: bytes) -> Reason | None:
    try:
        decode(data)
    except PictureError as error:
        return error.reason
    return None


def scans(data: bytes) -> list[tuple[int, int]]:
    """Where the data of each scan begin and end."""
    ends, at = [], 0
    for piece in take_apart(data).pieces:
        begin = at + piece.index(b"\xff\xda") + 14
        at += len(piece)
        ends.append((begin, at))
    return ends


@given(
    data=st.data(),
    mode=st.sampled_from(["RGB", "L", "CMYK"]),
    options=st.sampled_from(KINDS),
    quality=st.integers(20, 95),
    end=st.sampled_from([b"", END, END * 2, b"\xff" + END, END + b"trailing"]),
)
def test_no_picture_that_was_cut_is_read_whatever_ends_it(
    data: st.DataObject, mode: str, options: dict[str, Any], quality: int, end: bytes
) -> None:
    """Nor one of which a scan is missing its end while others follow."""
    whole = encoded(noisy(96, 80).convert(mode), quality=quality, **options)
    begin, stop = data.draw(st.sampled_from([place for place in scans(whole) if place[1] - place[0] > 100]))
    cut = data.draw(st.integers(begin, stop - 40))
    assert reason(whole[:cut] + end) is Reason.TRUNCATED
    assert reason(whole[:cut] + whole[stop:]) is Reason.TRUNCATED


@given(st.sampled_from(["RGB", "L", "CMYK"]), st.sampled_from(KINDS), st.integers(1, 100))
def test_no_whole_picture_is_refused_whatever_ends_it(
    mode: str, options: dict[str, Any], quality: int
) -> None:
    whole = encoded(portrait(50, 60).convert(mode), quality=quality, **options)
    pixels = decode(whole).image.tobytes()
    for end in (b"", b"\xff", END[1:], b"\xff\xff" + END, bytes(5) + END, END + b"\xff\xd8\xff", b"\xff\xd0"):
        assert decode(whole[:-2] + end).image.tobytes() == pixels


@pytest.mark.parametrize("how", [{}, {"restarts": True}, {"apart": True}, {"restarts": True, "apart": True}])
def test_grey_that_the_file_holds_is_no_grey_that_was_made_up(how: dict[str, bool]) -> None:
    *pieces, end = grey_jpeg(64, 64, **how)
    assert reason(b"".join((*pieces, end))) is None
    assert reason(b"".join(pieces)) is None
    assert reason(pieces[0] + b"".join(pieces[1:-1]) + pieces[-1][:10] + end) is Reason.TRUNCATED


def test_arithmetic_coding_may_leave_out_zeros_at_its_end() -> None:
    assert reason(ARITHMETIC) is None
    assert reason(ARITHMETIC[:-2]) is None
    assert reason(ARITHMETIC[:-3] + END) is None


def test_shrinking_does_not_hide_that_half_is_missing() -> None:
    image: Image.Image = noisy(1600, 1700)
    for options in KINDS:
        whole = encoded(image, quality=40, **options)
        assert reason(whole) is None
        assert reason(whole[: len(whole) // 2] + END) is Reason.TRUNCATED
