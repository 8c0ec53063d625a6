"""Which sizes of pictures are accepted. They are judged before anything is decoded."""

from __future__ import annotations

from talentimg.errors import PictureError
from talentimg.models import Reason

MAX_PIXELS = 25_000_000
"""Pictures with more pixels are refused before they are decoded."""
MIN_SIDE = 16
"""A picture with a shorter side is a tracking pixel or a bullet, not a portrait."""
MAX_ASPECT = 4
"""A picture whose long side is more than this many times its short side is a banner."""

# These decoders hold three or four copies of the picture: 25 megapixels would take about 400 MB.
_MAX_PIXELS_OF = {"WEBP": 12_000_000, "AVIF": 12_000_000}


def check_size(name: str, width: int, height: int) -> None:
    """Refuse a picture of a format that is too large, too small or no portrait.

    Raises:
        PictureError: the reason is `not_image`, `pixels`, `too_thin` or `too_small`.
    """
    if width < 1 or height < 1:
        raise PictureError("The picture has no pixels.", reason=Reason.NOT_IMAGE)
    check_pixels(name, width, height)
    short, long = sorted((width, height))
    if long > MAX_ASPECT * short:
        raise PictureError(
            f"The picture is {width} by {height} pixels, too long and thin for a portrait.",
            reason=Reason.TOO_THIN,
        )
    if short < MIN_SIDE:
        raise PictureError(f"The picture is only {width} by {height} pixels.", reason=Reason.TOO_SMALL)


def check_pixels(name: str, width: int, height: int) -> None:
    """Refuse a picture of a format that has too many pixels.

    Raises:
        PictureError: the reason is `pixels`.
    """
    if width * height > _MAX_PIXELS_OF.get(name, MAX_PIXELS):
        raise too_many_pixels(name)


def too_many_pixels(name: str) -> PictureError:
    """The error for a picture that has too many pixels."""
    limit = _MAX_PIXELS_OF.get(name, MAX_PIXELS) // 1_000_000
    return PictureError(f"The picture has more than {limit} million pixels.", reason=Reason.PIXELS)
