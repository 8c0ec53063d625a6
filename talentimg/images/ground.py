"""Puts pictures on a ground, as they would stand on a page."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageMath, ImageStat

ENOUGH = 800
"""Pictures are shrunk by a whole factor as long as no side falls below this, which is twice what is kept."""

_STRIP_PIXELS = 500_000
_OPAQUE = 255
WHITE = 255
DARK = 32
"""For pictures that cannot be seen on white, such as a white drawing."""


def shrunk_on(image: Image.Image, ground: int = WHITE) -> tuple[int, Image.Image]:
    """Shrink a large picture by a whole factor and put it on a ground, strip by strip to save memory.

    Args:
        image: the picture, in any mode.
        ground: a level of grey, from 0 to 255.

    Returns:
        The opacity of the most visible pixel before that, from 0 to 255, and the picture as opaque grey, RGB
        or CMYK.
    """
    factor = min(image.size) // ENOUGH
    if factor <= 1:
        return _opaque(image, ground)
    width, height = image.size
    step = max(1, _STRIP_PIXELS // (width * factor)) * factor
    opacity, canvas = 0, None
    for top in range(0, height, step):
        visible, strip = _opaque(image.crop((0, top, width, min(top + step, height))), ground)
        opacity = max(opacity, visible)
        if canvas is None:
            canvas = Image.new(strip.mode, (-(-width // factor), -(-height // factor)))
        canvas.paste(strip.reduce(factor), (0, top // factor))
    assert canvas is not None
    return opacity, canvas


def _opaque(image: Image.Image, ground: int) -> tuple[int, Image.Image]:
    if image.mode.startswith("I"):
        return _opaque_16_bits(image, ground)
    if not image.has_transparency_data:
        mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")
        return _OPAQUE, image if image.mode == mode else image.convert(mode)
    layered = image if image.mode in {"LA", "RGBA"} else image.convert("RGBA")
    base = layered.convert("L" if layered.mode == "LA" else "RGB")
    return _on(base, layered.getchannel("A"), ground)


def _opaque_16_bits(image: Image.Image, ground: int) -> tuple[int, Image.Image]:
    """The same for 16-bit grey, which a plain `convert` would clip to white."""
    grey = image.point(lambda level: level * (1 / 257) + 0.5).convert("L")
    invisible = image.info.get("transparency")
    if not isinstance(invisible, int):
        return _OPAQUE, grey
    levels = image.convert("I")
    alpha = ImageMath.lambda_eval(
        lambda given: given["convert"]((given["levels"] != invisible) * _OPAQUE, "L"), levels=levels
    )
    return _on(grey, alpha, ground)


def _on(base: Image.Image, alpha: Image.Image, ground: int) -> tuple[int, Image.Image]:
    base.paste((ground,) * len(base.getbands()), None, ImageChops.invert(alpha))
    return int(ImageStat.Stat(alpha).extrema[0][1]), base
