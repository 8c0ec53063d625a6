"""Which sizes of pictures are accepted. They are judged before anything is decoded."""

from __future__ import annotations

from talentimg.errors import PictureError
from talentimg.models import Reason

MAX_PIXELS = 25_000_000
"""Pictures with more pixels are refused before they are decoded."""
MAX_SHRUNK_PIXELS = 65_000_000
"""The same for a JPEG that is shrunk while it is decoded, as its pixels are never held all at once."""
MAX_SAMPLES_HELD = 100_000_000
"""How many samples of such a JPEG may have to be held all the same, at two bytes each."""
MIN_SIDE = 16
"""A picture with a shorter side is a tracking pixel or a bullet, not a portrait."""
MAX_ASPECT = 4
"""A picture whose long side is more than this many times its short side is a banner."""

# These decoders hold three or four copies of a picture: 25 megapixels would take 400 MB. Phones take
# pictures of 4032 by 3024.
_MAX_PIXELS_OF = {"WEBP": 12_600_000, "AVIF": 12_600_000}


def max_pixels(name: str) -> int:
    """How many pixels a picture of this format may have, unless it is shrunk while it is decoded."""
    return _MAX_PIXELS_OF.get(name, MAX_PIXELS)


def check_size(width: int, height: int, at_most: int) -> None:
    """Refuse a picture that is too large, too small or no portrait.

    Raises:
        PictureError: the reason is `not_image`, `pixels`, `too_thin` or `too_small`.
    """
    if width < 1 or height < 1:
        raise PictureError("The picture has no pixels.", reason=Reason.NOT_IMAGE)
    check_pixels(width, height, at_most)
    short, long = sorted((width, height))
    if long > MAX_ASPECT * short:
        raise PictureError(
            f"The picture is {width} by {height} pixels, too long and thin for a portrait.",
            reason=Reason.TOO_THIN,
        )
    if short < MIN_SIDE:
        raise PictureError(f"The picture is only {width} by {height} pixels.", reason=Reason.TOO_SMALL)


def check_pixels(width: int, height: int, at_most: int) -> None:
    """Refuse a picture that has too many pixels.

    Raises:
        PictureError: the reason is `pixels`.
    """
    if width * height > at_most:
        raise too_many_pixels(at_most)


def check_samples(held: int) -> None:
    """Refuse a JPEG of which too much has to be held at once.

    Raises:
        PictureError: the reason is `pixels`.
    """
    if held > MAX_SAMPLES_HELD:
        raise PictureError("The picture would take too much memory to decode.", reason=Reason.PIXELS)


def too_many_pixels(at_most: int) -> PictureError:
    """The error for a picture that has too many pixels."""
    return PictureError(
        f"The picture has more than {at_most / 1_000_000:g} million pixels.", reason=Reason.PIXELS
    )
