"""Splits text into what a reader sees as single characters."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST_MARK = "\u0300"
"""Of two letters below the combining marks, none ever joins the other."""
_EMOJI_BLOCKS = (range(0x2300, 0x2400), range(0x2600, 0x27C0), range(0x2B00, 0x2C00), range(0x1F000, 0x1FB00))


def graphemes(word: str) -> Iterable[str]:
    """The characters of a word as a reader counts them, in logical order.

    Marks, emoji sequences, flags, Hangul syllables and Indic conjuncts stay whole:
    https://www.unicode.org/reports/tr29/.
    """
    if max(word, default="") < _FIRST_MARK:
        return word
    import regex  # noqa: PLC0415  it takes 20 ms to load, which no Latin name needs

    return (found[0] for found in regex.finditer(r"\X", word))


def is_emoji(char: str) -> bool:
    """Whether a code point is drawn as a small picture."""
    point = ord(char)
    # Cn: an emoji newer than this Python's tables.
    return unicodedata.category(char) in {"So", "Cn"} and any(point in block for block in _EMOJI_BLOCKS)
