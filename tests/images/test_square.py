"""The square of a picture that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from talentimg.images.square import FACES_RULE, RULE, Face, portrait_square, rule_for

if TYPE_CHECKING:
    from talentimg.images.square import Square

SIDES = st.integers(1, 20_000)


@st.composite
def pictures_with_faces(draw: st.DrawFn) -> tuple[int, int, list[Face]]:
    """A picture, and faces in it: from small to too large, and partly beyond its edge, as detectors say."""
    short = draw(st.integers(10, 5000))
    long = round(short * draw(st.floats(1, 3)))
    width, height = (short, long) if draw(st.booleans()) else (long, short)
    sizes = st.floats(0.01, 0.2) | st.floats(0.01, 1.2)
    faces = []
    for _ in range(draw(st.integers(1, 4))):
        left, top = draw(st.floats(-0.1, 1)) * width, draw(st.floats(-0.1, 1)) * height
        faces.append(Face(left, top, left + draw(sizes) * short, top + draw(sizes) * short))
    return width, height, faces


def along(part: Face, width: int, height: int) -> tuple[float, float]:
    """From where to where a part reaches on the longer edge of the picture."""
    begin, end, length = (part.left, part.right, width) if width > height else (part.top, part.bottom, height)
    return min(max(begin, 0), length), min(max(end, 0), length)


def holds(square: Square, part: Face, width: int, height: int) -> bool:
    """Whether all of a part that is in the picture is in the square, along the picture's longer edge."""
    begin, end = along(part, width, height)
    if width > height:
        return square.left <= begin and end <= square.right
    return square.top <= begin and end <= square.bottom


def fits(parts: list[Face], width: int, height: int) -> bool:
    """Whether a square that begins and ends at whole pixels can hold them all."""
    stretches = [along(part, width, height) for part in parts]
    return max(end for _, end in stretches) - min(begin for begin, _ in stretches) <= min(width, height) - 2


@given(SIDES, SIDES)
def test_it_is_never_more_than_the_picture_nor_less_than_it_could_be(width: int, height: int) -> None:
    left, top, right, bottom = portrait_square(width, height)
    assert right - left == bottom - top == min(width, height)
    assert 0 <= left <= right <= width
    assert 0 <= top <= bottom <= height


@given(pictures_with_faces())
def test_with_faces_too(picture: tuple[int, int, list[Face]]) -> None:
    width, height, faces = picture
    left, top, right, bottom = portrait_square(width, height, faces)
    assert right - left == bottom - top == min(width, height)
    assert 0 <= left <= right <= width
    assert 0 <= top <= bottom <= height


@given(SIDES, SIDES)
def test_no_head_at_the_top_loses_more_than_what_is_lost_below(width: int, height: int) -> None:
    square = portrait_square(width, height)
    assert square.top <= height - square.bottom


@given(pictures_with_faces())
def test_no_head_is_cut_where_all_fit(picture: tuple[int, int, list[Face]]) -> None:
    width, height, faces = picture
    heads = [face.head for face in faces]
    assume(fits(heads, width, height))
    square = portrait_square(width, height, faces)
    assert all(holds(square, head, width, height) for head in heads)


@given(pictures_with_faces())
def test_the_head_of_the_largest_face_is_not_cut_where_not_all_fit(
    picture: tuple[int, int, list[Face]],
) -> None:
    width, height, faces = picture
    largest = max(faces, key=lambda face: face.area)
    assume(fits([largest.head], width, height))
    assert holds(portrait_square(width, height, faces), largest.head, width, height)


@given(pictures_with_faces())
def test_the_largest_face_is_not_cut_where_its_head_does_not_fit(
    picture: tuple[int, int, list[Face]],
) -> None:
    width, height, faces = picture
    largest = max(faces, key=lambda face: face.area)
    assume(fits([largest], width, height))
    assert holds(portrait_square(width, height, faces), largest, width, height)


@given(SIDES, SIDES)
def test_a_picture_in_which_no_face_was_found_is_cut_as_if_nobody_had_looked(width: int, height: int) -> None:
    assert portrait_square(width, height, []) == portrait_square(width, height)


@pytest.mark.parametrize(
    ("size", "square"),
    [
        ((600, 400), (100, 0, 500, 400)),
        ((400, 400), (0, 0, 400, 400)),
        ((400, 600), (0, 25, 400, 425)),
        ((100, 400), (0, 38, 100, 138)),
    ],
)
def test_an_eighth_of_the_surplus_goes_above_and_half_of_it_on_either_side(
    size: tuple[int, int], square: tuple[int, int, int, int]
) -> None:
    assert portrait_square(*size) == square


OF_EACH_RULE = {"upper-fifth": [(0, 40), (100, 0), (0, 60)], "upper-eighth": [(0, 25), (100, 0), (0, 38)]}
"""Where the squares of three sizes begin. What is stored is cut anew only where the rule has another name."""


def test_a_rule_that_cuts_otherwise_has_another_name() -> None:
    squares = [portrait_square(*size) for size in ((400, 600), (600, 400), (100, 400))]
    assert [(square.left, square.top) for square in squares] == OF_EACH_RULE[RULE]


@pytest.mark.parametrize(
    ("size", "faces", "square"),
    [
        # The middle of a face comes at 45 % of the square's height.
        ((100, 400), [Face(40, 190, 60, 210)], (0, 155, 100, 255)),
        # In a wide picture it comes in the centre.
        ((400, 100), [Face(290, 40, 310, 60)], (250, 0, 350, 100)),
        # Nothing is above the picture's top.
        ((100, 400), [Face(40, 10, 60, 30)], (0, 0, 100, 100)),
        ((100, 400), [Face(40, 370, 60, 390)], (0, 300, 100, 400)),
        # Two of the same size are both held; the larger one counts more, but loses nobody.
        ((100, 400), [Face(10, 190, 30, 210), Face(60, 190, 80, 210)], (0, 155, 100, 255)),
        ((400, 100), [Face(100, 40, 120, 60), Face(150, 40, 170, 60)], (85, 0, 185, 100)),
        ((400, 100), [Face(100, 30, 140, 70), Face(160, 45, 170, 55)], (73, 0, 173, 100)),
        # Two that cannot both be held: the larger one is shown.
        ((400, 100), [Face(20, 40, 40, 60), Face(300, 35, 330, 65)], (265, 0, 365, 100)),
    ],
)
def test_faces_come_a_little_above_the_middle(
    size: tuple[int, int], faces: list[Face], square: tuple[int, int, int, int]
) -> None:
    assert portrait_square(*size, faces) == square


def test_a_square_picture_loses_nothing_wherever_the_face_is() -> None:
    assert portrait_square(400, 400, [Face(0, 0, 40, 40)]) == (0, 0, 400, 400)


def test_each_rule_has_its_name() -> None:
    assert rule_for(None) == RULE
    assert rule_for([]) == rule_for([Face(0, 0, 1, 1)]) == FACES_RULE
