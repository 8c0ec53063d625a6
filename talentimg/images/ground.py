"""Puts pictures on white, as they would stand on a page."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageStat

ENOUGH = 800
"""Pictures are shrunk by a whole factor as long as no side falls below this, which is twice what is kept."""

_STRIP_PIXELS = 500_000
_WHITE = 255


def shrunk_on_white(image: Image.Image) -> tuple[int, Image.Image]:
    """Shrink a large picture by a whole factor and put it on white, strip by strip to save memory."""
    factor = min(image.size) // ENOUGH
    if factor <= 1:
        return _on_white(image)
    width, height = image.size
    step = max(1, _STRIP_PIXELS // (width * factor)) * factor
    opacity, canvas = 0, None
    for top in range(0, height, step):
        visible, strip = _on_white(image.crop((0, top, width, min(top + step, height))))
        opacity = max(opacity, visible)
        if canvas is None:
            canvas = Image.new(strip.mode, (-(-width // factor), -(-height // factor)))
        canvas.paste(strip.reduce(factor), (0, top // factor))
    assert canvas is not None
    return opacity, canvas


def _on_white(image: Image.Image) -> tuple[int, Image.Image]:
    """Return the highest opacity, and the picture as opaque grey, RGB or CMYK."""
    if image.mode.startswith("I"):  # 16-bit grey, which a plain convert() would clip to white
        return _WHITE, image.point(lambda level: level * (1 / 257) + 0.5).convert("L")
    if not image.has_transparency_data:
        mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")
        return _WHITE, image if image.mode == mode else image.convert(mode)
    layered = image if image.mode in {"LA", "RGBA"} else image.convert("RGBA")
    alpha = layered.getchannel("A")
    base = layered.convert("L" if layered.mode == "LA" else "RGB")
    base.paste((_WHITE,) * len(base.getbands()), None, ImageChops.invert(alpha))
    return ImageStat.Stat(alpha).extrema[0][1], base
