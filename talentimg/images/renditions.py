"""Makes the forms that we store from any accepted picture."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from PIL import Image

from talentimg.errors import PictureError
from talentimg.images.colours import as_srgb
from talentimg.images.decode import decode
from talentimg.images.placeholders import refuse_placeholder
from talentimg.images.square import portrait_square
from talentimg.models import Picture, Reason, Rendition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from talentimg.images.decode import Decoded
    from talentimg.images.square import Square

KeyFor: TypeAlias = "Callable[[str, str], str]"
"""Names an object by the SHA-256 (hex) of its bytes and its suffix, as `talentimg.store.keys.key_of` does."""

SIDES = (400, 200, 96)
"""Edge lengths of the WebP renditions, the largest first."""
# Method 0 takes a third less time than method 2, and a photograph gets 3 % larger.
_QUALITY = {"WEBP": {"quality": 80, "method": 0}, "JPEG": {"quality": 85}}
_LARGE_STEP = 1.5
"""Shrinking by this factor or more, Hamming's filter is as good as a bicubic one; close to 1 it blurs."""
_MEDIA_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture and the objects to store for it, by key."""

    picture: Picture
    objects: Mapping[str, bytes] = field(repr=False)


class _File(NamedTuple):
    name: str
    suffix: str
    side: int
    body: bytes


def make_picture(data: bytes, *, source_hash: str, now: datetime, key_for: KeyFor) -> Rendered:
    """Check a picture and make every form of it that we store. The same bytes always give the same forms.

    Args:
        data: the picture as its platform gave it.
        source_hash: the SHA-256 (hex) of these bytes, which the caller has needed already.
        now: when the picture is made.
        key_for: names the objects.

    Raises:
        PictureError: we do not show this picture; `reason` says why.
    """
    try:
        decoded, files = _files(data)
    except PictureError:
        raise
    except Exception as error:  # no bug of ours: Pillow raises many kinds when it cannot go on
        raise _not_made(error) from error
    hashes = [hashlib.sha256(file.body).hexdigest() for file in files]
    renditions = tuple(
        Rendition(
            file.name, key_for(hash_, file.suffix), file.side, len(file.body), _MEDIA_TYPES[file.suffix]
        )
        for file, hash_ in zip(files, hashes, strict=True)
    )
    picture = Picture(
        content_hash=hashes[0],
        source_hash=source_hash,
        width=decoded.width,
        height=decoded.height,
        renditions=renditions,
        created_at=now,
    )
    return Rendered(picture, {r.key: file.body for r, file in zip(renditions, files, strict=True)})


def _not_made(error: Exception) -> PictureError:
    what = "too little memory" if isinstance(error, MemoryError) else type(error).__name__
    return PictureError(
        f"This machine could not make our copy of the picture: {what}.", reason=Reason.PROCESSING
    )


def _files(data: bytes) -> tuple[Decoded, list[_File]]:
    """Every form that we store, the largest WebP first."""
    decoded = decode(data)
    largest = _largest(decoded)
    refuse_placeholder(decoded, largest)
    files = [
        _File(f"webp-{side}", "webp", image.width, _encoded(image, "WEBP"))
        for side, image in _squares(largest).items()
    ]
    return decoded, [*files, _File(f"jpeg-{SIDES[0]}", "jpg", largest.width, _encoded(largest, "JPEG"))]


def _largest(decoded: Decoded) -> Image.Image:
    """The square in the largest size, which is never larger than the original.

    Colours are converted last, when there are fewest of them.
    """
    side = min(SIDES[0], decoded.width, decoded.height)
    square = _shrunk(decoded.image, portrait_square(*decoded.image.size), side)
    canvas = Image.new("RGB", (side, side))  # a new one, so that no metadata is carried over
    canvas.paste(as_srgb(square, decoded.profile, decoded.gamma))
    return canvas


def _shrunk(image: Image.Image, square: Square, side: int) -> Image.Image:
    """A square of a picture at another size: by a whole factor first, which costs next to nothing.

    What is left to do is a factor below two. Lanczos would take twice as long as these filters, and cannot be
    told from them after WebP: `tests/bench/pictures.py`.
    """
    factor = (square.right - square.left) / side
    is_small_step = factor / max(1, int(factor)) < _LARGE_STEP
    how = Image.Resampling.BICUBIC if is_small_step else Image.Resampling.HAMMING
    return image.resize((side, side), how, square, reducing_gap=1.0)


def _squares(largest: Image.Image) -> dict[int, Image.Image]:
    """The square in every size, each made from the one before."""
    squares = {SIDES[0]: largest}
    for side in SIDES[1:]:
        largest = squares[side] = _smaller(largest, min(side, largest.width))
    return squares


def _smaller(image: Image.Image, side: int) -> Image.Image:
    if image.width == 2 * side:  # each pixel is the mean of four, which no filter improves on
        return image.reduce(2)
    # Down to about half the size this filter is as good as bicubic, at a third of the cost of Lanczos:
    # https://pillow.readthedocs.io/en/stable/handbook/concepts.html
    return image.resize((side, side), Image.Resampling.HAMMING)


def _encoded(image: Image.Image, name: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **_QUALITY[name])
    return buffer.getvalue()
