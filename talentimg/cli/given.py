"""A picture that is given on the command line: a file or standard input, no more of it than may be kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from talentimg.errors import UsageError

STDIN: Final = "-"


def read(what: str, most: int) -> bytes:
    """Its bytes; of one that is too large, enough to tell that it is.

    Args:
        what: the path of a file, or `-`.
        most: how many bytes it may have.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        if what == STDIN:
            return sys.stdin.buffer.read(most + 1)
        with Path(what).open("rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError):
        raise UsageError(f"The file {what} cannot be read.", hint="Check its path and permissions.") from None
