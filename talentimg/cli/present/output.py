"""JSON for programs: whatever the locale and whatever is in it, the reader gets back what we have."""

from __future__ import annotations

import json
import re
import sys
from typing import IO

from talentimg.cli.terminal import speaks_utf8, write_data
from talentimg.shapes import plain

_BEYOND_ASCII = re.compile(r"[^\n -~]")


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print one JSON document; with `indent=None` on one line."""
    write_data(json_text(value, sys.stdout, indent=indent))


def json_text(value: object, stream: IO[str], *, indent: int | None = None) -> str:
    r"""A JSON document as this stream can carry it.

    What JSON allows in a string and a terminal takes as a command or a change of direction is written as
    `\uXXXX`; so is everything beyond ASCII where the stream does not speak UTF-8. Both read back the same.
    """
    escapes = _escaped_unless_printable if speaks_utf8(stream) else _escaped
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent, default=str)
    return _BEYOND_ASCII.sub(lambda match: escapes(match[0]), text)


def _escaped_unless_printable(char: str) -> str:
    return char if char.isprintable() else _escaped(char)


def _escaped(char: str) -> str:
    return "\\u007f" if char == "\x7f" else json.dumps(char)[1:-1]
