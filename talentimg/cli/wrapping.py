"""Sentences in a terminal, broken between words. Loads no rich."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_PIECES: Final = re.compile(r"talentimg(?= )(?: \S*[^\s,;.)](?!\S))*(?: \S+)?|\S+")
"""A command to be copied, from its name to the end or the next mark, is one piece; all else is words."""
_WIDE: Final = frozenset("WF")
_NO_WIDTH: Final = frozenset(("Mn", "Me", "Cf"))


def wrapped(text: str, columns: int) -> str:
    """Lines that are too long, broken between words; what follows is indented as the line is.

    A command that is longer than a line has one to itself, and the terminal breaks it: so it can be copied.
    """
    return "\n".join(line if _width(line) <= columns else _broken(line, columns) for line in text.split("\n"))


def _broken(line: str, columns: int) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    lines, end = [indent], len(indent)
    for found in _PIECES.finditer(line):
        gap = line[end : found.start()] if lines[-1].strip() else ""
        if lines[-1].strip() and _width(lines[-1] + gap + found[0]) > columns:
            lines.append(indent + found[0])
        else:
            lines[-1] += gap + found[0]
        end = found.end()
    return "\n".join(lines)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(char: str) -> int:
    if unicodedata.category(char) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1
