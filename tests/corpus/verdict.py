"""Holds what the product makes of one picture against what libvips makes of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyvips  # type: ignore[import-untyped]  # its stubs are not marked as such
from PIL import Image, ImageChops, ImageFilter

from talentimg.errors import PictureError
from talentimg.images.renditions import make_picture
from talentimg.models import Reason
from talentimg.store.keys import key_of
from tests.corpus import kept, limits
from tests.corpus.judge import Refused, judge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.images.renditions import Rendered
    from tests.corpus.judge import Judged

FORM = "webp-200"
FROM_ABOVE = 1 / 8
"""Which share of what a tall picture loses is taken off above."""
MOST_MEAN = 4.0
"""How far the colours may be from libvips's in the mean, of 255.

Of 1,374 sound pictures half were at 0.0 and the worst at 2.5. Screens of dots were at up to 7, an ignored
profile of wide colours at 9, inks without a profile at 13 to 75, and what was turned at 6 to 57.
"""
MOST_HIGH = 28
"""The same for all but the worst hundredth of the pixels. One was at 23, the other sound ones up to 12."""
_HIGH = 0.99
# What is compared is what an eye sees from a little further away: single pixels are the resampling filter's.
_BLUR = ImageFilter.BoxBlur(4)
_HASH = "0" * 64
_NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two pictures are apart: per pixel, the largest difference of any band, from 0 to 255."""

    mean: float
    high: int

    @property
    def is_small(self) -> bool:
        """Whether they are the same to the eye."""
        return self.mean <= MOST_MEAN and self.high <= MOST_HIGH


def disagreements(pictures: Iterable[tuple[str, bytes]]) -> list[str]:
    """A sentence for every picture that the product reads otherwise, and that is not ours to keep."""
    return [f"{name}: {said}" for name, data in pictures if (said := disagreement(data)) is not None]


def disagreement(data: bytes) -> str | None:
    """What the product makes of a picture other than it should, None if all is well."""
    ours = ours_of(data)
    try:
        return against(data, ours, judge(data))
    except (Refused, pyvips.Error) as error:
        if isinstance(ours, Reason) or kept.is_known(data, None, "accepted"):
            return None
        return f"accepted, though libvips cannot read it: {' '.join(str(error).split())}"


def against(data: bytes, ours: Rendered | Reason, theirs: Judged) -> str | None:
    """What differs between our reading of a picture and libvips's, None if nothing does that should not."""
    limit = limits.broken_limit(limits.format_of(data), theirs.size)
    if limit is not None:
        if ours is limit or (isinstance(ours, Reason) and kept.is_known(data, theirs, "refused")):
            return None
        return f"{_name(ours)} instead of {limit.value}"
    if isinstance(ours, Reason):
        return _refusal(data, ours, theirs)
    size = ours.picture.width, ours.picture.height
    if size != theirs.size:
        said = f"{size} pixels instead of {theirs.size}"
    else:
        found = distance(*_squares(ours, theirs))
        if found.is_small:
            return None
        said = f"other colours, or turned: {found.mean:.1f} in the mean, {found.high} at the 99th percentile"
    return None if kept.is_known(data, theirs, "shown otherwise") else said


def _refusal(data: bytes, ours: Reason, theirs: Judged) -> str | None:
    theirs.image.avg()  # reads all of it, and raises if it is damaged
    if ours is Reason.PLACEHOLDER and limits.shows_nothing(theirs):
        return None
    return None if kept.is_known(data, theirs, "refused") else f"refused as {ours.value}, though it is sound"


def ours_of(data: bytes) -> Rendered | Reason:
    """What the product makes of a picture: its forms, or why it is refused."""
    try:
        return make_picture(data, source_hash=_HASH, now=_NOW, key_for=key_of)
    except PictureError as error:
        return error.reason


def _name(ours: Rendered | Reason) -> str:
    return ours.value if isinstance(ours, Reason) else "accepted"


def _squares(ours: Rendered, theirs: Judged) -> tuple[Image.Image, Image.Image]:
    form = next(rendition for rendition in ours.picture.renditions if rendition.name == FORM)
    square = Image.open(io.BytesIO(ours.objects[form.key])).convert("RGB")
    return square, theirs.square(square.width, from_above=FROM_ABOVE)


def distance(one: Image.Image, other: Image.Image) -> Distance:
    """How far two RGB pictures of one size are apart."""
    bands = ImageChops.difference(one.filter(_BLUR), other.filter(_BLUR)).split()
    worst = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    counts = worst.histogram()
    pixels, seen = sum(counts), 0
    mean = sum(level * count for level, count in enumerate(counts)) / pixels
    for level, count in enumerate(counts):
        seen += count
        if seen >= _HIGH * pixels:
            return Distance(mean, level)
    raise AssertionError  # every pixel has a level
