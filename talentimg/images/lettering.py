"""Draws initials as pixels with the fonts of this machine, and never draws an empty box for a letter."""

from __future__ import annotations

import io
import os
import re
import sys
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont, features

from talentimg.images.graphemes import graphemes, is_emoji
from talentimg.images.initials import (
    SILHOUETTE_HEAD,
    SILHOUETTE_SHOULDERS,
    TEXT_SHARE,
    apart,
    colour_for,
    initials,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.images.initials import Colour

_WIDEST = 0.8
"""The largest fraction of the width that letters may fill."""
_OVERSAMPLING = 4
_PROBE_SIZE = 32
_NO_LETTER = "\U0010fffe"
"""A code point that no font has, so the font draws its empty box for it."""
_PILLOWS_OWN = "pillow"
"""In place of a path: the font that comes with Pillow, which only has the letters of English."""
_MAX_FONTS = 200
_SUFFIXES = (".ttf", ".otf", ".ttc")
_UNWANTED = re.compile("Bold|Italic|Oblique|Light|Thin|Black|Medium|Mono|Condensed|Emoji")
_WHITE = (255, 255, 255)

# How the file names of fonts that cover many scripts begin, in order of preference.
_WANTED = (
    "DejaVuSans.ttf",
    "NotoSans-Regular",
    "NotoSans[",
    "NotoSansCJK-Regular",
    "NotoSans",
    "Arial Unicode",
    "segoeui.ttf",
    "msyh.ttc",
    "YuGothR.ttc",
    "malgun.ttf",
    "Nirmala",
    "PingFang",
    "Hiragino",
    "AppleSDGothicNeo",
    "FreeSans.",
    "wqy-",
    "unifont.",
)
_FONT_FOLDERS = {
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("${WINDIR}/Fonts", "${LOCALAPPDATA}/Microsoft/Windows/Fonts"),
}
_UNIX_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


def draw_png(name: str, talent_id: str, size: int = 400) -> bytes:
    """A PNG with the initials, or with a silhouette if no font of this machine has the letters."""
    text = initials(name)
    return draw(None if text is None else list(graphemes(text)), colour_for(talent_id), size)


def draw(letters: Sequence[str] | None, colour: Colour, size: int) -> bytes:
    """A PNG with these letters in white on a colour.

    Letters that no font has are left out. If no letters remain, a silhouette is drawn.
    """
    drawable = [form for form in map(_drawable, letters or ()) if form is not None]
    # All letters use the same font; if no font has both, only the first letter is drawn.
    chosen = next((some for some in (drawable, drawable[:1]) if some and _font_for("".join(some))), None)
    picture = Image.new("RGB", (size, size), colour)
    if chosen is None:
        _draw_silhouette(picture)
    else:
        path = _font_for("".join(chosen))
        _draw_text(
            picture, in_drawing_order(chosen, shaped=bool(features.check("raqm"))), path or _PILLOWS_OWN
        )
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def in_drawing_order(letters: Sequence[str], *, shaped: bool) -> str:
    """The letters in the order that the text engine expects.

    With a shaping engine (Raqm) that is logical order. Without one, glyphs are placed from left to right,
    so the letters of a right-to-left name are reversed here.
    """
    if shaped:
        return apart("".join(letters))
    turned = unicodedata.bidirectional(letters[0][0]) in {"R", "AL"}
    return "".join(reversed(letters) if turned else letters)


def covers(font: ImageFont.FreeTypeFont, text: str) -> bool:
    """Whether a font has a glyph for every character of the text."""
    empty_box = bytes(font.getmask(_NO_LETTER))
    shapes = [bytes(font.getmask(char)) for char in text if unicodedata.category(char) != "Cf"]
    return all(any(shape) and shape != empty_box for shape in shapes)


def _drawable(letter: str) -> str | None:
    """The letter, or the letter without accents, if a font has it; for an emoji, its base."""
    bare = "".join(c for c in unicodedata.normalize("NFD", letter) if not unicodedata.combining(c))
    forms = (letter[0],) if is_emoji(letter[0]) else (letter, bare)
    return next((form for form in forms if form and _font_for(form)), None)


@lru_cache(maxsize=4096)
def _font_for(text: str) -> str | None:
    """The first font that has every character of this text."""
    for path in (_PILLOWS_OWN, *_system_fonts()):
        font = _font(path, _PROBE_SIZE)
        if font is not None and covers(font, text):
            return path
    return None


@lru_cache(maxsize=256)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont | None:
    """A font at a size, or None if FreeType cannot use the file or not at this size."""
    try:
        font = ImageFont.load_default(size) if path == _PILLOWS_OWN else ImageFont.truetype(path, size)
    except OSError:
        return None
    return font if isinstance(font, ImageFont.FreeTypeFont) else None


def _expanded(folder: str) -> str:
    return os.path.expanduser(os.path.expandvars(folder))  # noqa: PTH111  that of a path fails without a home


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[str, ...]:
    """The suitable fonts of this machine, best first."""
    folders = _FONT_FOLDERS.get(sys.platform, _UNIX_FONT_FOLDERS)
    found = [font for folder in folders for font in find_fonts(Path(_expanded(folder)))]
    return tuple(str(path) for _, path in sorted(found)[:_MAX_FONTS])


def has_fonts() -> bool:
    """Whether this machine has a font of many scripts: the one of Pillow's own has English letters only."""
    return bool(_system_fonts())


def find_fonts(folder: Path) -> list[tuple[int, Path]]:
    """The suitable fonts in a folder and its subfolders, each with its rank in the order of preference."""
    fonts = []
    for parent, _, names in os.walk(folder):
        for name in names:
            rank = next((i for i, start in enumerate(_WANTED) if name.startswith(start)), None)
            if rank is not None and name.lower().endswith(_SUFFIXES) and not _UNWANTED.search(name):
                fonts.append((rank, Path(parent, name)))
    return fonts


def _draw_text(picture: Image.Image, text: str, path: str) -> None:
    size = picture.width
    points = max(1, round(TEXT_SHARE * size))
    font = _font(path, points)
    assert font is not None
    left, top, right, bottom = font.getbbox(text)
    room = _WIDEST * size / max(1, right - left, bottom - top)
    if room < 1:
        font = _font(path, max(1, int(points * room)))
        assert font is not None
        left, top, right, bottom = font.getbbox(text)
    at = ((size - left - right) / 2, (size - top - bottom) / 2)
    ImageDraw.Draw(picture).text(at, text, fill=_WHITE, font=font)


def _draw_silhouette(picture: Image.Image) -> None:
    """Draw head and shoulders, enlarged and then shrunk for smooth edges."""
    side = picture.width * _OVERSAMPLING
    mask = Image.new("L", (side, side))
    pen = ImageDraw.Draw(mask)
    x, y, radius = SILHOUETTE_HEAD
    for across, down, wide, high in ((x, y, radius, radius), SILHOUETTE_SHOULDERS):
        box = (across - wide, down - high, across + wide, down + high)
        pen.ellipse([share * side for share in box], fill=255)
    picture.paste(_WHITE, (0, 0), mask.resize(picture.size, Image.Resampling.BOX))
