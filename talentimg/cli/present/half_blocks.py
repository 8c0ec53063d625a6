"""A picture in a terminal: two pixels a cell, by the upper half block."""

from __future__ import annotations

import io

from PIL import Image
from rich.color import Color
from rich.style import Style
from rich.text import Text

COLUMNS = 24


def half_blocks(data: bytes, columns: int = COLUMNS) -> Text:
    """The picture in as many columns and half as many rows.

    Args:
        data: one of our own renditions: any square picture that Pillow reads.
        columns: width in cells; even.
    """
    image = Image.open(io.BytesIO(data)).convert("RGB").resize((columns, columns), Image.Resampling.LANCZOS)
    pixels = image.load()
    text = Text(no_wrap=True)
    if pixels is None:
        return text
    for row in range(0, columns, 2):
        for column in range(columns):
            text.append(
                "▀", Style(color=_colour(pixels[column, row]), bgcolor=_colour(pixels[column, row + 1]))
            )
        if row + 2 < columns:
            text.append("\n")
    return text


def _colour(pixel: float | tuple[int, ...]) -> Color:
    red, green, blue = pixel if isinstance(pixel, tuple) else (0, 0, 0)
    return Color.from_rgb(red, green, blue)
