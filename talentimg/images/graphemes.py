"""Splits text into what a reader sees as single characters.

As much of Unicode's rules (https://www.unicode.org/reports/tr29/) as initials need, from the
standard library's tables: marks, emoji sequences, flags, Hangul and Indic conjuncts stay whole.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ZERO_WIDTH_JOINER = "\u200d"
ZERO_WIDTH_NON_JOINER = "\u200c"
_JOINERS = frozenset({_ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER})
_VIRAMA = 9
"""The combining class of the sign that ties two Indic consonants together."""
_REGIONAL = range(0x1F1E6, 0x1F200)
_EMOJI_BLOCKS = (range(0x2300, 0x2400), range(0x2600, 0x27C0), range(0x2B00, 0x2C00), range(0x1F000, 0x1FB00))
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_HANGUL_LEADING = range(0x1100, 0x1160)
_HANGUL_VOWELS = range(0x1160, 0x11A8)
_HANGUL_TRAILING = range(0x11A8, 0x1200)
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)


def graphemes(text: str) -> Iterator[str]:
    """The text's characters as a reader counts them, in logical order."""
    cluster = ""
    for char in text:
        if cluster and _joins(cluster, char):
            cluster += char
        else:
            if cluster:
                yield cluster
            cluster = char
    if cluster:
        yield cluster


def is_emoji(char: str) -> bool:
    """Whether a code point is drawn as a small picture."""
    point = ord(char)
    # Cn: an emoji newer than this Python's tables.
    return unicodedata.category(char) in {"So", "Cn"} and any(point in block for block in _EMOJI_BLOCKS)


def _joins(cluster: str, char: str) -> bool:
    """Whether this code point belongs to the character begun."""
    last, point = cluster[-1], ord(char)
    if unicodedata.category(char) in {"Mn", "Mc", "Me"} or char in _JOINERS:
        return True
    if point in _SKIN_TONES or point in _TAGS:
        return is_emoji(cluster[0])
    if last == _ZERO_WIDTH_JOINER:
        return is_emoji(char) and is_emoji(cluster[0])
    if point in _REGIONAL:
        return len(cluster) == 1 and ord(last) in _REGIONAL
    if unicodedata.combining(last) == _VIRAMA:
        return unicodedata.category(char) == "Lo"
    return _joins_hangul(ord(last), point)


def _joins_hangul(last: int, point: int) -> bool:
    if point in _HANGUL_LEADING:
        return last in _HANGUL_LEADING
    if point in _HANGUL_VOWELS:
        return last in _HANGUL_LEADING or last in _HANGUL_VOWELS or last in _HANGUL_SYLLABLES
    if point in _HANGUL_TRAILING:
        return last in _HANGUL_VOWELS or last in _HANGUL_TRAILING or last in _HANGUL_SYLLABLES
    return point in _HANGUL_SYLLABLES and last in _HANGUL_LEADING
