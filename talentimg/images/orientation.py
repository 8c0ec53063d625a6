"""How a picture has to be turned to be upright."""

from __future__ import annotations

from PIL import Image

ON_ITS_SIDE = frozenset({5, 6, 7, 8})
"""The orientations in which width and height are exchanged."""

_ORIENTATION = 0x0112
_UPRIGHT: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_in(exif: bytes) -> int:
    """The EXIF orientation from 1 to 8; garbage counts as 1, upright.

    Only EXIF is asked, as in browsers; Pillow's own `getexif` obeys XMP too.
    """
    try:
        notes = Image.Exif()
        notes.load(exif)
        return int(notes.get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  struct.error and many others; bad EXIF is no reason to refuse a picture
        return 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture turned upright."""
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image
