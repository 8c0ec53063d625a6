"""Converts colours to sRGB, which is what a browser takes a picture without a profile for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import ImageCms

if TYPE_CHECKING:
    from PIL import Image


def as_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert with the embedded colour profile, which is ignored if it makes no sense."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001  mostly PyCMSError; a bad profile is no reason to refuse a picture
            converted = None
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")
