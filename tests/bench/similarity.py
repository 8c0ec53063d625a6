"""How similar two pictures are: SSIM of their luminance.

The index of Wang, Bovik, Sheikh and Simoncelli (2004), https://ece.uwaterloo.ca/~z70wang/publications/ssim.html,
over blocks of 8 by 8 pixels that do not overlap.
"""

from __future__ import annotations

import io
from statistics import fmean
from typing import Final

from PIL import Image

BLOCK: Final = 8
LEVELS: Final = 255
C1: Final = (0.01 * LEVELS) ** 2
C2: Final = (0.03 * LEVELS) ** 2


def similarity(one: bytes, other: bytes) -> float:
    """From below 0 to 1, which only equal pictures reach.

    Args:
        one: a picture.
        other: one of the same size.
    """
    pairs = zip(_blocks(one), _blocks(other), strict=True)
    return fmean(_index(a, b) for a, b in pairs)


def _blocks(data: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(data)) as image:
        grey = image.convert("L")
    return [
        grey.crop((left, top, left + BLOCK, top + BLOCK)).tobytes()
        for top in range(0, grey.height - BLOCK + 1, BLOCK)
        for left in range(0, grey.width - BLOCK + 1, BLOCK)
    ]


def _index(a: bytes, b: bytes) -> float:
    mean_a, mean_b = fmean(a), fmean(b)
    var_a = fmean((x - mean_a) ** 2 for x in a)
    var_b = fmean((y - mean_b) ** 2 for y in b)
    both = fmean((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    return ((2 * mean_a * mean_b + C1) * (2 * both + C2)) / (
        (mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2)
    )
