"""Converts colours to sRGB, which is what a browser takes a picture without a profile for."""

from __future__ import annotations

import io
from functools import cache, lru_cache
from itertools import product
from threading import local
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageCms

if TYPE_CHECKING:
    from collections.abc import Callable

_KEPT = 16
_LARGEST_KEPT = 1 << 16
"""Larger profiles are those of printers, and rare. With the rest, up to 5 MB are kept for each thread."""
_USUAL = 2.2
_LIKE_USUAL = 0.05
"""An exponent this close to one over 2.2 is meant as sRGB, as libpng takes it."""
_NO_DIFFERENCE = 1
"""How many levels two colours may be apart without anybody seeing it."""


class _Transforms(local):
    """What is known of profiles, for each thread apart: no transform is used by two at once."""

    def __init__(self) -> None:
        self.kept: Callable[[bytes, str], ImageCms.ImageCmsTransform | None] = lru_cache(_KEPT)(_transform)


def as_srgb(image: Image.Image, profile: bytes, gamma: float | None = None) -> Image.Image:
    """A grey, RGB or CMYK picture as sRGB, by its colour profile unless that is empty or makes no sense.

    Args:
        image: the picture.
        profile: an ICC profile, or nothing.
        gamma: the exponent by which light became levels, as a PNG may tell instead (its `gAMA` chunk).
    """
    if gamma is not None and gamma > 0 and abs(gamma * _USUAL - 1) > _LIKE_USUAL:
        image = image.point(_by_gamma(gamma) * len(image.getbands()))
    find = _TRANSFORMS.kept if len(profile) <= _LARGEST_KEPT else _transform
    transform = find(profile, image.mode) if profile else None
    if transform is not None:
        return transform.apply(image)
    return image if image.mode == "RGB" else image.convert("RGB")


@lru_cache(_KEPT)
def _by_gamma(gamma: float) -> list[int]:
    """The level in sRGB of each level: https://www.w3.org/TR/png-3/#13Decoder-gamma-handling."""
    return [round(_level(min(1.0, (level / 255) ** (1 / gamma))) * 255) for level in range(256)]


def _level(light: float) -> float:
    """How sRGB encodes light, both from 0 to 1: IEC 61966-2-1."""
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055  # noqa: PLR2004


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """How to convert pictures of a mode; None if the profile makes no sense or changes nothing.

    The commonest profiles only say that a picture is sRGB. Converting by them would cost a third of all work.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        transform = ImageCms.ImageCmsTransform(source, srgb, mode, "RGB")
        return transform if mode == "CMYK" or _changes_colours(transform, mode) else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  mostly OSError; a bad profile is no reason to refuse a picture
        return None


def _changes_colours(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    colours = _colours(mode)
    difference = ImageChops.difference(transform.apply(colours), colours.convert("RGB"))
    return max(difference.tobytes()) > _NO_DIFFERENCE


@cache
def _colours(mode: str) -> Image.Image:
    """Sixteen levels of every band, in every combination."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    levels = bytes(level for colour in product(range(0, 256, 17), repeat=bands) for level in colour)
    return Image.frombytes(mode, (16, len(levels) // bands // 16), levels)


_TRANSFORMS = _Transforms()
