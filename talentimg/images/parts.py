"""The square that a person has marked in an upright picture, cut out of it as it lies in its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import PictureError
from talentimg.images.limits import MAX_PIXELS, MIN_SIDE
from talentimg.images.orientation import ON_ITS_SIDE
from talentimg.models import Reason

if TYPE_CHECKING:
    from PIL import Image

    from talentimg.models import Part

ENOUGH = 400
"""A JPEG can be shrunk during decoding, which loses nothing of a square at this size."""
_FROM_THE_RIGHT = frozenset({2, 3, 7, 8})
"""The orientations in which a file's rows run from the other side."""
_FROM_BELOW = frozenset({3, 4, 6, 7})
"""Those in which its columns do."""


def enough_for(part: Part | None, width: int, height: int, least: int = ENOUGH) -> tuple[int, int]:
    """The least size to which a JPEG may be shrunk while it is decoded.

    A part that is small keeps its pixels, unless the whole would be too large to be held.

    Args:
        part: the square that is wanted of it; None: all of it.
        width: of the picture.
        height: of the picture.
        least: how many pixels either edge has to keep, if it has them.
    """
    if part is None or part.side < 1:
        return least, least
    most = 2 if width * height > MAX_PIXELS else 1
    scale = max(most, part.side / least)
    return max(least, int(width / scale)), max(least, int(height / scale))


def lying_part(image: Image.Image, size: tuple[int, int], part: Part, orientation: int) -> Image.Image:
    """The part of a picture that is not upright yet.

    Args:
        image: the picture as it was decoded, which may have been shrunk.
        size: of the picture as it lies in its file.
        part: the square in the upright picture.
        orientation: how it has to be turned to be upright.

    Raises:
        PictureError: the reason is `too_small`: the picture is, for this part, or the part itself.
    """
    _check(part, *(reversed(size) if orientation in ON_ITS_SIDE else size))
    x, y = (part.y, part.x) if orientation in ON_ITS_SIDE else (part.x, part.y)
    left = size[0] - x - part.side if orientation in _FROM_THE_RIGHT else x
    top = size[1] - y - part.side if orientation in _FROM_BELOW else y
    across, down = image.width / size[0], image.height / size[1]
    side = max(1, round(part.side * across))
    left = min(round(left * across), image.width - side)
    top = max(0, min(round(top * down), image.height - side))
    return image.crop((left, top, left + side, min(top + side, image.height)))


def _check(part: Part, width: int, height: int) -> None:
    side = part.side
    if side < MIN_SIDE:
        raise PictureError(
            f"The square is only {side} by {side} pixels of the picture.", reason=Reason.TOO_SMALL
        )
    if min(part.x, part.y) < 0 or part.x + side > width or part.y + side > height:
        raise PictureError(
            f"The picture is {width} by {height} pixels: too small for a square of {side} at "
            f"{part.x},{part.y}.",
            reason=Reason.TOO_SMALL,
        )
