"""What this machine can do with pictures: the formats that work, fonts, and whether faces are looked for."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image

from talentimg.images.faces import installed_finder
from talentimg.images.lettering import has_fonts

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
_SIDE: Final = 16


@dataclass(frozen=True, slots=True)
class Support:
    """Which formats can be read, whether there are fonts of many scripts, and who finds faces, if anybody."""

    formats: Mapping[str, bool]
    fonts: bool
    faces: bool


def support() -> Support:
    """What works here, tried out in memory."""
    return Support({name: _works(name) for name in FORMATS}, has_fonts(), installed_finder() is not None)


def _works(name: str) -> bool:
    """Whether a small picture can be written and read again."""
    buffer = io.BytesIO()
    try:
        Image.linear_gradient("L").resize((_SIDE, _SIDE)).convert("RGB").save(buffer, name)
        with Image.open(io.BytesIO(buffer.getvalue()), formats=(name,)) as read:
            read.load()
    except (OSError, KeyError, ValueError):
        return False
    return True
