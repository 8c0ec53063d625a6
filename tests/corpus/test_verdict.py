"""The yardstick of the corpus notices what it is meant to notice."""

from __future__ import annotations

import pytest
from PIL import Image

from talentimg.models import Reason
from tests.corpus.drawn import person
from tests.corpus.judge import judge
from tests.corpus.verdict import against, disagreement, ours_of
from tests.images.samples import encoded, wide_gamut_profile

PERSON = person(240, 240)


@pytest.mark.parametrize("way", Image.Transpose, ids=lambda way: way.name.lower())
def test_a_picture_that_is_turned_is_noticed(way: Image.Transpose) -> None:
    turned = encoded(PERSON.transpose(way), "PNG")
    assert against(turned, ours_of(encoded(PERSON, "PNG")), judge(turned))


def test_a_colour_profile_that_is_ignored_is_noticed() -> None:
    profiled = encoded(PERSON, "PNG", icc_profile=wide_gamut_profile())
    assert against(profiled, ours_of(encoded(PERSON, "PNG")), judge(profiled))


def test_another_size_is_noticed() -> None:
    wide = encoded(person(360, 240), "PNG")
    assert against(wide, ours_of(encoded(PERSON, "PNG")), judge(wide))


def test_a_sound_picture_that_is_refused_is_noticed() -> None:
    sound = encoded(PERSON, "PNG")
    assert against(sound, Reason.TRUNCATED, judge(sound))
    assert against(sound, Reason.PLACEHOLDER, judge(sound))


def test_a_picture_beyond_a_limit_that_is_accepted_is_noticed() -> None:
    thin = encoded(person(240, 40), "PNG")
    assert against(thin, ours_of(encoded(PERSON, "PNG")), judge(thin))
    assert against(thin, Reason.TRUNCATED, judge(thin))


@pytest.mark.parametrize(
    "data",
    [
        encoded(PERSON, "PNG"),
        encoded(PERSON, "JPEG", quality=15),
        encoded(Image.new("RGB", (99, 99), "teal"), "PNG"),
        encoded(person(240, 40), "WEBP"),
        encoded(PERSON, "TIFF"),
        encoded(PERSON, "JPEG")[:4000],
        b"<!DOCTYPE html><title>Not here</title>",
        b"",
    ],
    ids=["sound", "lossy", "flat", "thin", "tiff", "cut", "page", "empty"],
)
def test_nothing_is_said_where_both_agree(data: bytes) -> None:
    assert disagreement(data) is None
