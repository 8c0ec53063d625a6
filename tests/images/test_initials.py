"""Any name whatever has a picture at the end of the chain."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from talentimg.images.graphemes import graphemes
from talentimg.images.initials import apart, colour_for, contrast_with_white, draw_svg, initials
from talentimg.images.lettering import _font, covers, draw, draw_png, find_fonts, in_drawing_order

if TYPE_CHECKING:
    from pathlib import Path

# Everything that a Python string can hold, lone surrogates too.
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text()
SVG = "{http://www.w3.org/2000/svg}"
GREEN = (20, 90, 40)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Lovelace", "AL"),
        ("ada", "A"),
        ("  Ada   King  Lovelace ", "AL"),
        ("jean-luc picard", "JP"),
        ("Conan O'Brien", "CO"),
        ('"Ada" (Lovelace)', "AL"),
        ("Ada -", "A"),
        ("Agent 47", "A"),
        ("محمد علي", "مع"),
        ("דנה", "ד"),
        ("山田 太郎", "山"),
        ("やまだ たろう", "や"),
        ("김 철수", "김"),
        ("김", "김"),
        ("Jackie 陳", "J陳"),
        ("Ørsted", "Ø"),
        ("ßeta", "S"),
        ("ﬃ", "F"),
        ("ŉandi", "N"),
        ("e\u0301mile zola", "ÉZ"),
        ("é", "É"),
        ("गीता शर्मा", "गीश"),
        ("क्षमा", "क्ष"),
        ("დავით", "დ"),
        ("\u02bbIolani", "I"),  # an okina is a letter by its category
        ("\U0001d4d0\U0001d4ed\U0001d4ea \U0001d50f", "AL"),  # letters meant for mathematics
        ("\uff21da", "A"),  # a full-width letter
        ("👩🏽‍🚀 Ann", "👩🏽‍🚀A"),
        ("🇩🇪🇫🇷 Uwe", "🇩🇪U"),
        ("🙂", "🙂"),
        ("\u202eAda", "A"),
        ("\u0600محمد", "م"),  # a number sign, which belongs to what follows it
        ("Ada\nLovelace", "AL"),
    ],
)
def test_initials_are_those_of_the_first_and_last_word(name: str, expected: str) -> None:
    """D07."""
    assert initials(name) == unicodedata.normalize("NFC", expected)


@pytest.mark.parametrize(
    "name", ["", "   ", "123", "-", "\u200b", "\u202e", "\u3164", "\x0b", "\ud800", "́́", "½ + ⅓"]
)
def test_names_without_a_letter_have_none(name: str) -> None:
    """D06."""
    assert initials(name) is None


@given(ANY_TEXT)
@example("a" + "\u0301" * 10_000)
@example("\u0301" * 10_000)
@example("x" * 10_000)
def test_initials_are_short_for_any_name(name: str) -> None:
    """D05."""
    found = initials(name)
    assert found is None or (0 < len(found) <= 32 and found == found.strip())


@given(ANY_TEXT)
def test_graphemes_lose_and_add_nothing(text: str) -> None:
    parts = list(graphemes(text))
    assert "".join(parts) == text
    assert all(parts)


@pytest.mark.parametrize(
    "cluster",
    [
        "e\u0301",
        "👩🏽‍🚀",
        "👨‍👩‍👧‍👦",
        "🇩🇪",
        "❤️",
        "각",
        "\u1100\u1161\u11a8",
        "\u1100\u1100\u1161",
        "\uac00\u11a8",
        "क्षि",
        "நி",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    ],
)
def test_what_a_reader_sees_as_one_stays_whole(cluster: str) -> None:
    assert list(graphemes(f"{cluster}x")) == [cluster, "x"]


@given(st.text(st.characters(max_codepoint=0x2FF, exclude_characters="\r")))
def test_latin_letters_are_told_apart_as_all_others_are(text: str) -> None:
    """By the short cut that spares them the library."""
    assert list(graphemes(text)) == regex.findall(r"\X", text)


@given(ANY_TEXT)
def test_every_colour_is_stable_and_has_contrast(talent_id: str) -> None:
    colour = colour_for(talent_id)
    assert contrast_with_white(colour) >= 4.5
    assert colour == colour_for(talent_id)


def test_colours_are_the_same_in_every_process() -> None:
    script = "from talentimg.images.initials import colour_for; print(colour_for('ada'))"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == str(colour_for("ada"))
    assert len({colour_for(str(i)) for i in range(100)}) > 90


# -- SVG -------------------------------------------------------------------------


@given(ANY_TEXT, ANY_TEXT, st.integers(1, 2000))
@example("</text><script>alert(1)</script>", "1", 400)
@example('"><img src=x>', "1", 400)
@example("&", "1", 400)
@example("\x0b", "1", 400)
@example("\ud800\udfff", "\ud800", 400)
@example("\uffff\U0001ffff", "", 1)
@example("\x9b31m\x1b]0;x\x07", "", 1)
@example("\u0301" * 10_000, "", 400)
def test_the_svg_of_any_name_is_sound(name: str, talent_id: str, size: int) -> None:
    """D06 and D08."""
    text = draw_svg(name, talent_id, size)
    root = ET.fromstring(text.encode())
    assert root.tag == f"{SVG}svg"
    assert root.attrib["role"] == "img"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "rect", "text", "g", "circle", "ellipse"),
    }
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}text") or root.find(f"{SVG}g") is not None
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert len(text) < 4000


def test_the_svg_shows_the_name_as_it_is() -> None:
    name = "</text><script>alert(1)</script> & Söhne"
    root = ET.fromstring(draw_svg(name, "1"))
    assert root.findtext(f"{SVG}title") == name
    assert root.findtext(f"{SVG}text") == "TS"
    assert "<script" not in draw_svg(name, "1")


def test_the_svg_is_of_the_size_asked_for() -> None:
    root = ET.fromstring(draw_svg("Ada", "1", 96))
    assert (root.attrib["width"], root.attrib["height"]) == ("96", "96")


def test_letters_of_a_joined_script_do_not_become_a_word() -> None:
    assert apart("مع") == "م\u200cع"
    assert apart("AL") == "AL"
    assert apart("ם") == "ם"


# -- PNG -------------------------------------------------------------------------


@settings(max_examples=50)
@given(ANY_TEXT, ANY_TEXT, st.integers(1, 200))
@example("👩🏽‍🚀 Ann", "1", 64)
@example("\u0301" * 10_000, "1", 64)
@example("a" + "\u0301" * 10_000, "1", 64)
def test_the_png_of_any_name_is_drawn(name: str, talent_id: str, size: int) -> None:
    with Image.open(io.BytesIO(draw_png(name, talent_id, size))) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (size, size))


@pytest.mark.parametrize(
    "name", ["Ada Lovelace", "W W", "محمد علي", "山田 太郎", "123", "", "🙂", "é", "\U000f0000"]
)
def test_the_png_shows_something_white_in_its_middle(name: str) -> None:
    with Image.open(io.BytesIO(draw_png(name, "ada", 200))) as image:
        assert image.getpixel((0, 0)) == colour_for("ada")
        assert (255, 255, 255) in {image.getpixel((x, y)) for x in range(40, 160) for y in range(40, 160)}


def test_the_letters_stand_in_the_middle_and_stay_inside() -> None:
    with Image.open(io.BytesIO(draw(["W", "W"], (0, 0, 0), 200))) as image:
        left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    assert 18 <= left <= 60
    assert abs(left - (200 - right)) <= 3
    assert abs(top - (200 - bottom)) <= 3


def test_a_letter_that_no_font_has_is_never_a_box() -> None:
    nobody = draw(None, GREEN, 100)
    assert draw(["\U0010fffd"], GREEN, 100) == nobody
    assert draw(["\U0010fffd", "A"], GREEN, 100) == draw(["A"], GREEN, 100) != nobody


def test_a_font_covers_only_what_it_has_a_shape_for() -> None:
    font = ImageFont.load_default(32)
    assert isinstance(font, ImageFont.FreeTypeFont)
    assert covers(font, "AZ")
    assert not covers(font, "山")
    assert not covers(font, "A山")
    assert not covers(font, " ")


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "NotoSansNothing.ttf").write_bytes(b"no font")
    assert _font(str(tmp_path / "NotoSansNothing.ttf"), 32) is None


def test_without_a_shaping_engine_right_to_left_names_are_turned_around() -> None:
    assert in_drawing_order(["ד", "כ"], shaped=True) == "דכ"
    assert in_drawing_order(["ד", "כ"], shaped=False) == "כד"
    assert in_drawing_order(["A", "L"], shaped=False) == "AL"


def test_fonts_are_found_below_a_folder_and_preferred_in_order(tmp_path: Path) -> None:
    names = (
        "deep/er/NotoSansThai-Regular.ttf",
        "DejaVuSans.ttf",
        "DejaVuSans-Bold.ttf",
        "Comic.ttf",
        "NotoSans.txt",
    )
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [path.name for _, path in sorted(find_fonts(tmp_path))] == [
        "DejaVuSans.ttf",
        "NotoSansThai-Regular.ttf",
    ]
    assert find_fonts(tmp_path / "missing") == []


def test_text_colour_and_svg_of_a_latin_name_load_no_library() -> None:
    script = """
import sys
import talentimg.images
from talentimg.images.initials import draw_svg
draw_svg("Zoë Łukasiewicz", "zoe")
assert not {name.split(".")[0] for name in sys.modules} & {"PIL", "regex"}
"""
    subprocess.run([sys.executable, "-c", script], check=True)
