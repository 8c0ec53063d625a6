"""What a picture looks like, small enough for a row: a perceptual hash, and the cells that it is made of.

The hash is a difference hash (for each of 8 x 8 places: is the cell to the right clearly brighter?): a few
lines of Pillow, and it does not depend on a picture's size, encoder or colours. Two things are added to it:

- A step of brightness counts only from `STEP` levels on. Default avatars are mostly plain areas, where the
  noise of compression alone would toss the bits.
- The cells themselves are kept beside it. Of 64 bits, one pair of portraits of different people in 16,000
  has all but six in common: too many for a large roster, where nobody may lose their face by chance.

A picture that is plain, or a plain gradient, has no likeness: two dark portraits or white walls would look
the same. It is known by its bytes alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from PIL import Image

_COLUMNS, _ROWS = 9, 8
STEP: Final = 4
CONTRAST: Final = 20
"""Twice the levels by which some cell must be off the way between its neighbours. So it stands out by more
than `alike` tolerates: what only one of two pictures shows is not overlooked."""
EDGES: Final = 5
"""How many of the 64 bits must be set."""


def likeness_of(square: Image.Image) -> str | None:
    """What a square picture looks like, for `models.likeness` to compare; None if that cannot be told."""
    cells = square.convert("L").resize((_COLUMNS, _ROWS), Image.Resampling.BOX).tobytes()
    rows = [cells[start : start + _COLUMNS] for start in range(0, len(cells), _COLUMNS)]
    bits = "".join(str(int(right - left > STEP)) for row in rows for left, right in pairwise(row))
    if _is_plain(rows) or bits.count("1") < EDGES:
        return None
    return f"{int(bits, 2):016x}{cells.hex()}"


def _is_plain(rows: list[bytes]) -> bool:
    """Whether brightness is the same everywhere, or grows steadily from one side to the other."""
    lines = [*rows, *map(bytes, zip(*rows, strict=True))]
    bends = (abs(a - 2 * b + c) for line in lines for a, b, c in zip(line, line[1:], line[2:], strict=False))
    return all(bend < CONTRAST for bend in bends)  # of most pictures, one of the first few is not
