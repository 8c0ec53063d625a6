"""The whole of a picture, kept beside its squares: without loss if a person brought it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from PIL import Image

from talentimg.images.colours import as_srgb

if TYPE_CHECKING:
    from talentimg.images.decoded import Decoded

Box: TypeAlias = tuple[int, int, int, int]

LONGEST: Final = 1024
"""The longer edge of a master is at most this."""
LEAST: Final = 400
"""The shorter edge of one without loss is not shrunk below this, as the square would lose by it."""
_QUALITY: Final = 90
# Method 2 takes five times as long, and a photograph gets 5 % smaller.
_LOSSLESS: Final = {"lossless": True, "quality": 0, "method": 0}
_LARGE_STEP: Final = 1.2
"""Shrinking by this factor or more, Hamming's filter is as good as a bicubic one; close to 1 it blurs."""


def shrunk_part(decoded: Decoded, box: Box, size: tuple[int, int]) -> Image.Image:
    """A part of a picture at another size, in sRGB.

    Colours are converted after shrinking, when there are fewest of them.
    """
    clean = as_srgb(_shrunk(decoded.image, box, size), decoded.profile, decoded.gamma)
    clean.info = {}  # Pillow carries metadata from each picture to those made of it, up to the file
    return clean


def without_loss(decoded: Decoded) -> Decoded:
    """A picture reduced to what its lossless master holds. Of that, nothing changes any more."""
    width, height = decoded.image.size
    scale = min(1.0, max(LONGEST / max(width, height), LEAST / min(width, height)))
    image = _whole(decoded, scale)
    return replace(decoded, image=image, width=image.width, height=image.height, profile=b"", gamma=None)


def master_of(decoded: Decoded) -> tuple[int, bytes]:
    """The longer edge and the bytes of the master of what a source gave, a JPEG."""
    whole = _whole(decoded, min(1.0, LONGEST / max(decoded.image.size)))
    return _saved(whole, "JPEG", quality=_QUALITY)


def lossless_master_of(reduced: Decoded) -> tuple[int, bytes]:
    """The longer edge and the bytes of the master of what `without_loss` gave, a WebP."""
    return _saved(reduced.image, "WEBP", **_LOSSLESS)


def _whole(decoded: Decoded, scale: float) -> Image.Image:
    width, height = decoded.image.size
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return shrunk_part(decoded, (0, 0, width, height), size)


def _saved(image: Image.Image, name: str, **options: object) -> tuple[int, bytes]:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return max(image.size), buffer.getvalue()


def _shrunk(image: Image.Image, box: Box, size: tuple[int, int]) -> Image.Image:
    """A part of a picture at another size: by a whole factor first, which costs next to nothing.

    What is left to do is a factor below two. Lanczos would take twice as long as these filters, and cannot be
    told from them after WebP: `tests/bench/pictures.py`.
    """
    factor = (box[2] - box[0]) / size[0]
    is_small_step = factor / max(1, int(factor)) < _LARGE_STEP
    how = Image.Resampling.BICUBIC if is_small_step else Image.Resampling.HAMMING
    return image.resize(size, how, box, reducing_gap=1.0)
