"""The pictures that platforms show for people who have none."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from talentimg.demo.pictures import encode

if TYPE_CHECKING:
    from talentimg.demo.drawing.look import Colour
    from talentimg.demo.pictures import Media

SIDE = 400
SILHOUETTES: dict[str, tuple[Colour, Colour]] = {
    "instagram": ((219, 219, 219), (250, 250, 250)),
    "tiktok": ((208, 216, 226), (246, 248, 250)),
    "mastodon": ((57, 62, 79), (99, 105, 130)),
    "gravatar": ((160, 174, 192), (240, 244, 248)),
}
LETTER_GROUNDS: tuple[Colour, ...] = (
    (0, 121, 107),
    (81, 45, 168),
    (194, 24, 91),
    (2, 119, 189),
    (239, 108, 0),
)


@cache
def default_avatar(platform: str, media: Media = "jpeg") -> bytes:
    """The platform's default picture, the same for everybody."""
    ground, figure = SILHOUETTES.get(platform, SILHOUETTES["instagram"])
    image = Image.new("RGB", (SIDE * 2, SIDE * 2), ground)
    pen = ImageDraw.Draw(image)
    pen.ellipse((270, 170, 530, 430), fill=figure)
    pen.ellipse((130, 490, 670, 1100), fill=figure)
    return encode(image.resize((SIDE, SIDE), Image.Resampling.BOX), media)


@cache
def letter_avatar(name: str, media: Media = "jpeg") -> bytes:
    """A letter on a plain background, as on YouTube."""
    number = hashlib.sha256(name.encode()).digest()[0]
    image = Image.new("RGB", (SIDE, SIDE), LETTER_GROUNDS[number % len(LETTER_GROUNDS)])
    pen = ImageDraw.Draw(image)
    pen.text(
        (SIDE / 2, SIDE / 2),
        name[:1].upper() or "?",
        font=ImageFont.load_default(220),
        fill="white",
        anchor="mm",
    )
    return encode(image, media)


@cache
def identicon(user_id: str, media: Media = "png") -> bytes:
    """A mirrored five-by-five grid of one colour on a light background, as on GitHub.

    https://github.blog/2013-08-14-identicons/
    """
    bits = hashlib.sha256(user_id.encode()).digest()
    colour = (60 + bits[0] % 140, 60 + bits[1] % 140, 60 + bits[2] % 140)
    image = Image.new("RGB", (420, 420), (240, 240, 240))
    pen = ImageDraw.Draw(image)
    for cell in range(15):
        column, row = divmod(cell, 5)
        if bits[3 + cell] % 2 == 0:
            for x in {column, 4 - column}:
                pen.rectangle((35 + x * 70, 35 + row * 70, 104 + x * 70, 104 + row * 70), fill=colour)
    return encode(image, media)
