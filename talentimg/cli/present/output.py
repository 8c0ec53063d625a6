"""JSON on standard output, for programs."""

from __future__ import annotations

import json
import re

from talentimg.cli.terminal import write_line
from talentimg.shapes import plain

_UNPRINTABLE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON allows in a string and a terminal takes as a command or a change of direction."""


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print one JSON document; with `indent=None` on one line."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent)
    write_line(_UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text))
