"""Recognises pictures that show nothing: transparent ones and tiles of one colour, and a few known drawings.

The default avatars of a platform are recognised by their addresses, which is up to the providers, wherever
these tell; else by what they look like.
Only clear cases are refused: a portrait in the dark or in front of a plain wall passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageStat

from talentimg.errors import PictureError
from talentimg.images.drawings import drawn_by
from talentimg.models import Reason

if TYPE_CHECKING:
    from talentimg.images.decoded import Decoded

_INVISIBLE = 8
"""An opacity below this cannot be seen."""
_CELLS = (16, 16)
_CELL_SPREAD = 4
"""How many levels the average colours of two cells of a one-colour tile may differ: compression noise."""
_PIXEL_SPREAD = 24
"""The same for single pixels. A photo in the dark has more noise than this, or more light somewhere."""


def refuse_placeholder(picture: Decoded, square: Image.Image) -> None:
    """Refuse a picture that shows nothing, be it in its square or elsewhere.

    Args:
        picture: the whole of it.
        square: as it would be shown, which is looked at first because it is small.

    Raises:
        PictureError: the reason is `placeholder`.
    """
    if picture.opacity < _INVISIBLE:
        raise PictureError("The picture is completely transparent.", reason=Reason.PLACEHOLDER)
    if is_flat(square) and is_flat(picture.image):
        raise PictureError("The picture is one flat colour.", reason=Reason.PLACEHOLDER)


def refuse_drawing(likeness: str | None) -> None:
    """Refuse the picture that a program is known to give to everybody without one.

    Raises:
        PictureError: the reason is `placeholder`.
    """
    program = drawn_by(likeness)
    if program is not None:
        what = f"The picture is what {program} draws for people without one."
        raise PictureError(what, reason=Reason.PLACEHOLDER)


def shows_nothing(picture: Decoded) -> bool:
    """Whether a picture is transparent or a tile of one colour."""
    return picture.opacity < _INVISIBLE or is_flat(picture.image)


def is_flat(image: Image.Image) -> bool:
    """Whether a picture is a single colour, apart from compression noise."""
    return (
        _spread(image.resize(_CELLS, Image.Resampling.NEAREST))
        <= _PIXEL_SPREAD  # a few: nearly always enough
        and _spread(image) <= _PIXEL_SPREAD
        and _spread(image.resize(_CELLS, Image.Resampling.BOX)) <= _CELL_SPREAD
    )


def _spread(image: Image.Image) -> float:
    """The largest difference between two pixels in any of the bands."""
    return max(high - low for low, high in ImageStat.Stat(image).extrema)
