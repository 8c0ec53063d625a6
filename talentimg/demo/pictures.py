"""The bytes of every picture that the demo's platforms serve.

A picture is identified by its seed. Seeds below `CROWD` are portraits, each drawn individually. From `CROWD`
on there are as many different pictures as a benchmark needs, at a few microseconds each: two versions
of a portrait are encoded once, with a restart marker after every row of blocks, and a picture is assembled
from rows of one or the other (ITU-T T.81, restart intervals). So no two have the same bytes or
pixels; they differ in a strip of light and dark tiles along the left edge.
"""

from __future__ import annotations

import hashlib
import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from PIL import Image, ImageDraw

from talentimg.demo.portraits import portrait

if TYPE_CHECKING:
    from collections.abc import Iterable

Media: TypeAlias = Literal["jpeg", "png", "webp"]

CROWD: Final = 1000
"""The first seed whose picture is assembled rather than drawn."""
CROWD_SIDE: Final = 400
CROWD_FACES: Final = 24
SPREAD: Final = 0x9E3779B1
"""Odd, so that multiplying by it modulo a power of two never maps two seeds to the same bits."""
TILE: Final = 16
WIDTHS: Final = (16, 32)
"""Of the tiles, row by row: which of them are dark is seen in the brightness of an area, so that no three
people of a large crowd look alike to whoever compares pictures at a glance."""
RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")
SCAN: Final = b"\xff\xda"
END: Final = b"\xff\xd9"


def picture(seed: int, media: Media = "jpeg", side: int | None = None) -> bytes:
    """The picture of this seed, encoded.

    Args:
        seed: which picture.
        media: how it is encoded.
        side: its width and height in pixels; None for the largest size.
    """
    if is_crowd(seed) and media == "jpeg" and (side is None or side >= CROWD_SIDE):
        return _crowd_picture(seed)
    return _drawn_picture(seed, media, side)


def is_crowd(seed: int) -> bool:
    """Whether this picture is assembled: a JPEG of one size, cheap to produce."""
    return seed >= CROWD


def warm(seeds: Iterable[int]) -> None:
    """Draw these pictures now rather than at the first request."""
    faces = {seed % CROWD_FACES if seed >= CROWD else CROWD + seed for seed in seeds}
    for face in sorted(faces):
        if face < CROWD:
            _crowd_rows(face)
        else:
            _drawn(face - CROWD)


def encode(image: Image.Image, media: Media) -> bytes:
    """An image as a file."""
    file = io.BytesIO()
    if media == "png":
        image.save(file, "PNG", compress_level=6)
    elif media == "webp":
        image.save(file, "WEBP", quality=85, method=2)
    else:
        image.save(file, "JPEG", quality=88)
    return file.getvalue()


def etag(seed: int, salt: str) -> str:
    """An entity tag that changes with the picture, for platforms that send one."""
    return f'"{hashlib.sha256(f"{salt} {seed}".encode()).hexdigest()[:20]}"'


@lru_cache(maxsize=256)
def _drawn_picture(seed: int, media: Media, side: int | None) -> bytes:
    image = _drawn(seed) if seed < CROWD else Image.open(io.BytesIO(_crowd_picture(seed)))
    if side is not None and side != image.width:
        image = image.resize((side, side), Image.Resampling.LANCZOS)
    return encode(image, media)


@lru_cache(maxsize=128)
def _drawn(seed: int) -> Image.Image:
    return portrait(seed)


def _crowd_picture(seed: int) -> bytes:
    head, rows, others = _crowd_rows(seed % CROWD_FACES)
    bits = seed * SPREAD % (1 << len(rows))
    chosen = [
        other if bits >> row & 1 else one for row, (one, other) in enumerate(zip(rows, others, strict=True))
    ]
    return head + b"".join(chosen) + END


@lru_cache(maxsize=CROWD_FACES)
def _crowd_rows(face: int) -> tuple[bytes, list[bytes], list[bytes]]:
    """Everything before the first row of blocks, and the rows of both versions with their markers."""
    plain = portrait(face * 10).resize((CROWD_SIDE, CROWD_SIDE), Image.Resampling.LANCZOS)
    head, rows = _rows(_with_strip(plain, (250, 250, 250)))
    _, others = _rows(_with_strip(plain, (60, 60, 70)))
    return head, rows, others


def _with_strip(image: Image.Image, tile: tuple[int, int, int]) -> Image.Image:
    image = image.copy()
    pen = ImageDraw.Draw(image)
    for row, top in enumerate(range(0, image.height, TILE)):
        pen.rectangle((2, top + 2, WIDTHS[row % len(WIDTHS)] - 3, top + TILE - 3), fill=tile)
    return image


def _rows(image: Image.Image) -> tuple[bytes, list[bytes]]:
    file = io.BytesIO()
    # Default (not optimised) tables and equal quality give both versions the same header.
    image.save(file, "JPEG", quality=85, subsampling="4:2:0", restart_marker_rows=1)
    data = file.getvalue()
    scan = data.index(SCAN)
    start = scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big")
    body = data[start : data.rindex(END)]
    ends = [match.end() for match in RESTART.finditer(body)]
    return data[:start], [body[a:b] for a, b in zip([0, *ends], [*ends, len(body)], strict=True)]
