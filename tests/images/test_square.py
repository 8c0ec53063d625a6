"""The square of a picture that is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentimg.images.square import RULE, portrait_square

SIDES = st.integers(1, 20_000)


@given(SIDES, SIDES)
def test_it_is_never_more_than_the_picture_nor_less_than_it_could_be(width: int, height: int) -> None:
    left, top, right, bottom = portrait_square(width, height)
    assert right - left == bottom - top == min(width, height)
    assert 0 <= left <= right <= width
    assert 0 <= top <= bottom <= height


@given(SIDES, SIDES)
def test_no_head_at_the_top_loses_more_than_what_is_lost_below(width: int, height: int) -> None:
    square = portrait_square(width, height)
    assert square.top <= height - square.bottom


@pytest.mark.parametrize(
    ("size", "square"),
    [
        ((600, 400), (100, 0, 500, 400)),
        ((400, 400), (0, 0, 400, 400)),
        ((400, 600), (0, 40, 400, 440)),
        ((100, 400), (0, 60, 100, 160)),
    ],
)
def test_a_fifth_of_the_surplus_goes_above_and_half_of_it_on_either_side(
    size: tuple[int, int], square: tuple[int, int, int, int]
) -> None:
    assert portrait_square(*size) == square


OF_EACH_RULE = {"upper-fifth": [(0, 40), (100, 0), (0, 60)]}
"""Where the squares of three sizes begin. What is stored is cut anew only where the rule has another name."""


def test_a_rule_that_cuts_otherwise_has_another_name() -> None:
    squares = [portrait_square(*size) for size in ((400, 600), (600, 400), (100, 400))]
    assert [(square.left, square.top) for square in squares] == OF_EACH_RULE[RULE]
