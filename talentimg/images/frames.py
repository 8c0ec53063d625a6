"""The pictures of an animation, for when the first shows nothing: many begin with an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.images.limits import MAX_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image
    from PIL.ImageFile import ImageFile

_MOST = 20
"""Most animations that begin with nothing show something within a second."""


def later(image: ImageFile) -> Iterator[Image.Image]:
    """The pictures after the first, as many as can be had for the price of one large picture.

    Those of a broken animation end where it is broken.

    Raises:
        MemoryError: there is too little memory.
    """
    width, height = image.size
    affordable = MAX_PIXELS // max(1, width * height)
    try:
        for at in range(1, min(getattr(image, "n_frames", 1), affordable, _MOST)):
            image.seek(at)
            image.load()
            yield image
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  Pillow raises many kinds for broken files; the first picture is whole
        return
