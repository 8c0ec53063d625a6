"""The last resort when there is no picture: the initials of a name, their colour, and an SVG of them.

This works for any name. `lettering.py` draws the same as pixels.
"""

from __future__ import annotations

import colorsys
import hashlib
import unicodedata
from html import escape
from typing import TypeAlias

from talentimg.images.graphemes import graphemes, is_emoji

Colour: TypeAlias = tuple[int, int, int]

MIN_CONTRAST = 4.5
"""The contrast of white text on the colour: level AA of https://www.w3.org/TR/WCAG22/#contrast-minimum."""

_LONGEST_WORD = 64
"""Only the start of a word is examined, because a name may consist of ten thousand marks."""
_LONGEST_LETTER = 8
"""The length limit in code points of a letter with its marks."""
_LONGEST_EMOJI = 16
"""The same for an emoji; the longest family emoji has eleven."""
_LONGEST_TITLE = 200
_NOBODY = "Unnamed"
# In these scripts the family name comes first, so its first character is enough.
_FAMILY_NAME_FIRST = ("CJK ", "HIRAGANA ", "KATAKANA ", "HANGUL ", "HALFWIDTH ")
_GEORGIAN_CAPITALS = range(0x1C90, 0x1CC0)
"""Georgian names do not begin with capitals, although Unicode has them: https://www.unicode.org/versions/Unicode11.0.0/"""
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lo"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Characters that Unicode classifies as letters but that are invisible."""
_STYLED = ("<font>", "<wide>")
"""Decompositions of styled variants of plain letters, which people like to use in profile names."""
_ZERO_WIDTH_NON_JOINER = "\u200c"
_DIRECTION_MARKS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

SILHOUETTE_HEAD = (0.5, 0.38, 0.17)
"""Centre and radius of the silhouette's head, as fractions of the size."""
SILHOUETTE_SHOULDERS = (0.5, 1.0, 0.34, 0.38)
"""Centre and radii of the shoulders, which the lower edge cuts off."""
TEXT_SHARE = 0.42
"""The font size of the letters, as a fraction of the size."""


def initials(name: str) -> str | None:
    """The initials of the first and last word of a name, in logical order.

    Returns:
        None if the name has no letter or emoji; a silhouette is drawn instead.
    """
    found = [initial for word in name.split() if (initial := _initial(word)) is not None]
    if not found:
        return None
    if _is_family_name_first(found[0]):
        return found[0]
    return "".join((found[0], *found[1:][-1:]))


def colour_for(talent_id: str) -> Colour:
    """The background colour of a talent, which never changes and is dark enough for white text."""
    digest = hashlib.sha256(talent_id.encode("utf-8", "surrogatepass")).digest()
    hue = int.from_bytes(digest[:2], "big") / 0x10000
    saturation = 0.45 + 0.25 * digest[2] / 0xFF
    shades = (_colour(hue, percent / 100, saturation) for percent in range(50, -1, -2))
    return next(shade for shade in shades if contrast_with_white(shade) >= MIN_CONTRAST)


def contrast_with_white(colour: Colour) -> float:
    """The contrast ratio of white text on this colour, as defined by WCAG 2."""
    red, green, blue = (_linear(level / 255) for level in colour)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def draw_svg(name: str, talent_id: str, size: int = 400, *, title: str | None = None) -> str:
    """An SVG document with the initials: well-formed for any name, without scripts.

    Args:
        name: whose initials.
        talent_id: gives the colour.
        size: the edge length in pixels.
        title: the title of the document; by default the name, in full.
    """
    told = _printable(name if title is None else title)[:_LONGEST_TITLE].strip()
    entitled = f"<title>{escape(told or _NOBODY)}</title>" if told or title is None else ""
    text = initials(name)
    mark = _silhouette_svg() if text is None else _text_svg(apart(text))
    red, green, blue = colour_for(talent_id)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" '
        f'width="{size}" height="{size}" role="img">'
        f"{entitled}"
        f'<rect width="100" height="100" fill="#{red:02x}{green:02x}{blue:02x}"/>{mark}</svg>'
    )


def apart(text: str) -> str:
    """The initials with a separator if the script would join them into something like a word."""
    parts = list(graphemes(text))
    if len(parts) > 1 and unicodedata.bidirectional(parts[0][0]) == "AL":
        return _ZERO_WIDTH_NON_JOINER.join(parts)
    return text


def _initial(word: str) -> str | None:
    """The first letter or emoji of a word, capitalised if its script has capitals."""
    for cluster in graphemes(unicodedata.normalize("NFC", word[:_LONGEST_WORD])):
        for at, char in enumerate(cluster):  # a sign may precede the letter that it belongs to
            if _is_letter(char):
                return _letter(cluster[at:])
            if is_emoji(char):
                return cluster[at:][:_LONGEST_EMOJI]
    return None


def _is_letter(char: str) -> bool:
    return unicodedata.category(char) in _LETTERS and char not in _BLANK_LETTERS


def _letter(cluster: str) -> str:
    """A letter with its marks, as a plain capital if it was styled or small."""
    styled = unicodedata.decomposition(cluster[0]).startswith(_STYLED)
    return _capital(unicodedata.normalize("NFKC", cluster) if styled else cluster)[:_LONGEST_LETTER]


def _capital(letter: str) -> str:
    """A single capital, even if the letter becomes several: ß gives S, the ligature ﬃ gives F."""
    upper = letter.upper()
    if upper == letter or ord(upper[0]) in _GEORGIAN_CAPITALS:
        return letter
    whole = unicodedata.normalize("NFC", upper)
    return next((c for c in graphemes(whole) if unicodedata.category(c[0]) != "Lm"), letter)


def _is_family_name_first(initial: str) -> bool:
    return unicodedata.name(initial[0], "").startswith(_FAMILY_NAME_FIRST)


def _colour(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _linear(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  the sRGB transfer function


def _printable(text: str) -> str:
    """The text without characters that XML forbids or that would change the direction of the text."""
    kept = (" " if char in "\t\n\r" else char for char in text if char not in _DIRECTION_MARKS)
    return "".join(c for c in kept if unicodedata.category(c) not in {"Cc", "Cs"} and not _is_noncharacter(c))


def _is_noncharacter(char: str) -> bool:
    return ord(char) & 0xFFFE == 0xFFFE  # noqa: PLR2004  the last two code points of every plane


def _text_svg(text: str) -> str:
    size = TEXT_SHARE * 100
    return (
        f'<text x="50" y="50" dy="0.35em" text-anchor="middle" font-family="system-ui, sans-serif" '
        f'font-size="{size:g}" fill="#fff">{escape(_printable(text))}</text>'
    )


def _silhouette_svg() -> str:
    head_x, head_y, head = (100 * share for share in SILHOUETTE_HEAD)
    x, y, wide, high = (100 * share for share in SILHOUETTE_SHOULDERS)
    return (
        f'<g fill="#fff"><circle cx="{head_x:g}" cy="{head_y:g}" r="{head:g}"/>'
        f'<ellipse cx="{x:g}" cy="{y:g}" rx="{wide:g}" ry="{high:g}"/></g>'
    )
