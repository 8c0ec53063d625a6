"""What several recipes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mozjpeg_lossless_optimization as mozjpeg  # type: ignore[import-untyped]  # it has no types
import pyvips  # type: ignore[import-untyped]  # its stubs are not marked as such

if TYPE_CHECKING:
    from pathlib import Path

MAGICK = "magick|convert-im6.q16|convert"
"""What ImageMagick is called: since version 7, by Debian before that, and elsewhere."""
WAYS = range(1, 9)
"""The orientations of EXIF."""


def by_mozjpeg(source: Path, **options: Any) -> bytes:
    """A JPEG, optimised."""
    return bytes(mozjpeg.optimize(source.read_bytes(), **options))


def by_vips(source: Path, *, to: str, profile: str = "", **options: Any) -> bytes:
    """A picture in the format with the suffix `to`, with the profile of this name among the sources."""
    image = pyvips.Image.new_from_file(str(source))
    if profile:
        options["profile"] = str(source.with_name(profile))
    return bytes(image.write_to_buffer(to, **options))
