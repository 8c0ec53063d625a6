"""Small JPEGs of our own stored pictures, for what reads nothing else: e-mail."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

QUALITY: Final = 82


def thumbnail(data: bytes, side: int) -> bytes | None:
    """A JPEG of one of our stored forms, with no edge longer than `side` pixels; None if it is damaged."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            small = opened.convert("RGB")
    except (OSError, ValueError):
        return None
    small.thumbnail((side, side))
    written = io.BytesIO()
    small.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()
