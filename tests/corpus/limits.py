"""What we say we refuse (docs/reference/files.md), judged from what libvips knows of a picture.

Numbers stand here again, so that a limit does not move unnoticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.models import Reason

if TYPE_CHECKING:
    from tests.corpus.judge import Judged

MOST_PIXELS = 25_000_000
MOST_PIXELS_OF = {"webp": 12_600_000, "avif": 12_600_000, "jpeg": 65_000_000}
SHORTEST_SIDE = 16
THINNEST = 4
TAKEN = {
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG",),
    "gif": (b"GIF8",),
    "webp": (b"RIFF",),
    "avif": (b"ftypavi", b"ftypmif1"),
}
NOTHING_TO_SEE = 32
"""The spread of colours within which a picture may be called one flat colour."""


def format_of(data: bytes) -> str | None:
    """The format by its first bytes, None for one that we do not take."""
    for name, starts in TAKEN.items():
        if any(data.startswith(start, 4 if name == "avif" else 0) for start in starts):
            return name
    return None


def broken_limit(name: str | None, size: tuple[int, int]) -> Reason | None:
    """The reason for which a picture of this format and size is refused, sound or not."""
    if name is None:
        return Reason.FORMAT
    short, long = sorted(size)
    if short * long > MOST_PIXELS_OF.get(name, MOST_PIXELS):
        return Reason.PIXELS
    if long > THINNEST * short:
        return Reason.TOO_THIN
    return Reason.TOO_SMALL if short < SHORTEST_SIDE else None


def shows_nothing(picture: Judged) -> bool:
    """Whether nobody could object to calling the picture a placeholder."""
    return picture.is_invisible() or picture.spread() <= NOTHING_TO_SEE
