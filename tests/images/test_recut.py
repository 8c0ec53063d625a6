"""A stored picture is cut anew only where that gives another square."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from talentimg.images.renditions import Rendered, make_picture, recut_picture
from talentimg.images.square import FACES_RULE, RULE, Face, portrait_square, rule_for
from talentimg.store.keys import key_of
from tests.conftest import NOW
from tests.images.samples import encoded, portrait

if TYPE_CHECKING:
    from talentimg.images.faces import FaceFinder

RULES = st.sampled_from([None, "centre"])
"""Rules of which only the name is left."""
SIDES = st.integers(45, 90)


def face(left: int, top: int, side: int) -> Face:
    return Face(left, top, left + side, top + side)


FACES = st.lists(st.builds(face, st.integers(0, 60), st.integers(0, 60), st.integers(4, 30)), max_size=2)
LOOKS: st.SearchStrategy[list[Face] | None] = st.none() | st.just([]) | FACES
"""What a finder of faces finds, or None where there is no finder."""


def finds(faces: list[Face] | None) -> FaceFinder | None:
    return None if faces is None else lambda _: faces


def made(width: int, height: int, faces: list[Face] | None = None) -> tuple[Rendered, bytes]:
    """A picture and its master."""
    data = encoded(portrait(width, height))
    digest = hashlib.sha256(data).hexdigest()
    result = make_picture(data, source_hash=digest, now=NOW, key_for=key_of, find_faces=finds(faces))
    return result, result.objects[result.picture.rendition("master").key]


@settings(max_examples=50)
@given(SIDES, SIDES, LOOKS, LOOKS)
def test_the_same_square_is_never_encoded_again(
    width: int, height: int, before: list[Face] | None, after: list[Face] | None
) -> None:
    """Only the rule in the row is another. Where faces were found then, nobody knows where they were."""
    assume(width != height)
    (old, master), now_cut = made(width, height, before), portrait_square(width, height, after)
    again = recut_picture(old.picture, master, key_for=key_of, find_faces=finds(after))
    if not before and now_cut == portrait_square(width, height):
        found = old.picture.faces if after is None else len(after)
        assert again == Rendered(replace(old.picture, crop=rule_for(after), faces=found), {})
    else:
        assert again.picture.crop == rule_for(after)
        assert set(again.objects) == {form.key for form in again.picture.renditions[:4]}


@settings(max_examples=25)
@given(SIDES, SIDES, RULES, LOOKS)
def test_what_a_rule_cut_that_nobody_knows_any_more_is_cut_anew(
    width: int, height: int, rule: str | None, after: list[Face] | None
) -> None:
    assume(width != height)
    old, master = made(width, height)
    unknown = replace(old.picture, crop=rule)
    again = recut_picture(unknown, master, key_for=key_of, find_faces=finds(after))
    assert again.picture.crop == rule_for(after)
    assert set(again.objects) == {form.key for form in again.picture.renditions[:4]}


@pytest.mark.parametrize(("size", "far"), [((60, 90), (20, 70)), ((90, 60), (70, 20))])
def test_a_face_elsewhere_gives_another_square(size: tuple[int, int], far: tuple[int, int]) -> None:
    old, master = made(*size)
    again = recut_picture(old.picture, master, key_for=key_of, find_faces=finds([face(*far, 10)]))
    assert again.picture.content_hash != old.picture.content_hash
    assert (old.picture.crop, again.picture.crop) == (RULE, FACES_RULE)
