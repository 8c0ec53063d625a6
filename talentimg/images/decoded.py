"""What decoding gives, and everybody works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A checked picture, of an animation the first that shows anything: upright, opaque; grey, RGB or CMYK.

    `image` may be smaller than the original; `width` and `height` are those of the original when upright.
    `opacity` is the opacity of the most visible pixel before the ground was added, from 0 to 255.
    `profile` says what its colours mean, and is empty if they are sRGB. `gamma` is the exponent of a PNG that
    has another than sRGB.
    """

    image: Image.Image
    width: int
    height: int
    opacity: int
    profile: bytes = field(repr=False)
    gamma: float | None = None
