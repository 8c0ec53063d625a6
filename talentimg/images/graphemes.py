"""Splits text into characters as a reader sees them, which may be several code points each."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST_MARK = "\u0300"
"""The first combining mark. Below it, every code point is a character by itself."""
_EMOJI_BLOCKS = (range(0x2300, 0x2400), range(0x2600, 0x27C0), range(0x2B00, 0x2C00), range(0x1F000, 0x1FB00))


def graphemes(word: str) -> Iterable[str]:
    """The characters of a word as a reader sees them, in logical order.

    Letters with marks, emoji sequences, flags, Hangul syllables and Indic conjuncts are not split:
    https://www.unicode.org/reports/tr29/.
    """
    if max(word, default="") < _FIRST_MARK:
        return word
    import regex  # noqa: PLC0415  it takes 20 ms to load, and Latin names do not need it

    return (found[0] for found in regex.finditer(r"\X", word))


def is_emoji(char: str) -> bool:
    """Whether a code point is an emoji."""
    point = ord(char)
    # Cn (unassigned) may be an emoji that is newer than this Python's Unicode tables.
    return unicodedata.category(char) in {"So", "Cn"} and any(point in block for block in _EMOJI_BLOCKS)
