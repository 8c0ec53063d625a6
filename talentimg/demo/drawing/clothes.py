"""Shoulders and clothes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageOps

from talentimg.demo.drawing.easel import curve, mix, shade
from talentimg.demo.drawing.face import paint_neck

if TYPE_CHECKING:
    from collections.abc import Callable

    from talentimg.demo.drawing.easel import Easel, Shape

SHOULDER = [(0.02, 1.02), (0.05, 0.93), (0.15, 0.845), (0.33, 0.79), (0.4, 0.755)]


def paint_bust(easel: Easel) -> None:
    """The whole bust, including the neck."""
    right = [(1 - x, y) for x, y in reversed(SHOULDER)]
    cloth = easel.mask(easel.on_body([*curve(SHOULDER), (0.5, 0.79), *curve(right)]))
    ramp = Image.linear_gradient("L").resize((easel.size, easel.size))
    colour = easel.look.cloth
    easel.canvas.paste(ImageOps.colorize(ramp, shade(colour, 1.2), shade(colour, 0.85)), mask=cloth)
    if easel.look.neckline == "stripes":
        _stripes(easel, cloth)
    far_side = [(0.64, 0.72), (1.05, 0.8), (1.05, 1.05), (0.7, 1.05)]
    easel.soft(easel.on_body(far_side), (0, 0, 0), 0.22, 0.05, cloth)
    paint_neck(easel)
    NECKLINES[easel.look.neckline](easel)


def _stripes(easel: Easel, cloth: Image.Image) -> None:
    bands = Image.new("L", (easel.size, easel.size))
    pen = ImageDraw.Draw(bands)
    for row in range(9):
        y = 0.8 + row * 0.042
        sag = [(0.0, y + 0.05), (0.25, y + 0.012), (0.5, y + 0.03), (0.75, y + 0.012), (1.0, y + 0.05)]
        pen.line(easel.on_body(curve(sag)), fill=255, width=round(0.017 * easel.size))
    easel.canvas.paste(easel.look.accent, mask=ImageChops.multiply(bands, cloth))


def _mirrored(left: Shape) -> Shape:
    """A line down to the middle and back up on the other side."""
    return [*left, *((1 - x, y) for x, y in reversed(left[:-1]))]


def _crew(easel: Easel) -> None:
    edge = _mirrored([(0.385, 0.756), (0.425, 0.8), (0.5, 0.822)])
    easel.line(edge, shade(easel.look.cloth, 0.74), 0.017, body=True)


def _vee(easel: Easel) -> None:
    chest = [(0.4, 0.75), (0.5, 0.905), (0.6, 0.75)]
    easel.pen.polygon(easel.on_body(chest), fill=shade(easel.look.skin, 0.94))
    for edge in ([(0.388, 0.755), (0.5, 0.915)], [(0.612, 0.755), (0.5, 0.915)]):
        easel.line(edge, shade(easel.look.cloth, 0.74), 0.016, body=True)


def _collar(easel: Easel) -> None:
    colour = mix(easel.look.accent, (255, 255, 255), 0.72)
    for mirror in (False, True):
        wing = [(0.385, 0.742), (0.352, 0.79), (0.43, 0.888), (0.5, 0.842), (0.43, 0.79)]
        placed = easel.on_body([(1 - x, y) for x, y in wing] if mirror else wing)
        easel.pen.polygon(placed, fill=shade(colour, 0.93) if mirror else colour)
        easel.pen.line([*placed, placed[0]], fill=shade(colour, 0.78), width=round(0.004 * easel.size))
    for y in (0.9, 0.96):
        easel.line([(0.5, y), (0.5, y + 0.002)], shade(easel.look.cloth, 0.6), 0.014, body=True)


def _roll(easel: Easel) -> None:
    tube = _mirrored([(0.415, 0.69), (0.398, 0.745), (0.372, 0.8), (0.5, 0.845)])
    easel.pen.polygon(easel.on_body(curve(tube)), fill=shade(easel.look.cloth, 1.08))
    for y, depth in ((0.7, 0.026), (0.742, 0.03), (0.79, 0.034)):
        half = 0.088 + (y - 0.69) * 0.32
        fold = [(0.5 - half, y), (0.5, y + depth), (0.5 + half, y)]
        easel.line(fold, shade(easel.look.cloth, 0.76), 0.006, body=True)


def _jacket(easel: Easel) -> None:
    shirt = mix(easel.look.accent, (255, 255, 255), 0.6)
    easel.pen.polygon(
        easel.on_body([(0.39, 0.756), (0.44, 0.8), (0.56, 0.8), (0.61, 0.756), (0.5, 1.02)]), fill=shirt
    )
    easel.line(_mirrored([(0.39, 0.756), (0.435, 0.8), (0.5, 0.82)]), shade(shirt, 0.82), 0.014, body=True)
    for mirror in (False, True):
        lapel = [
            (0.385, 0.748),
            (0.318, 0.8),
            (0.33, 0.87),
            (0.37, 0.875),
            (0.47, 1.03),
            (0.505, 1.03),
            (0.425, 0.81),
        ]
        placed = easel.on_body([(1 - x, y) for x, y in lapel] if mirror else lapel)
        easel.pen.polygon(placed, fill=shade(easel.look.cloth, 0.78 if mirror else 0.88))
        easel.pen.line(
            [*placed, placed[0]], fill=shade(easel.look.cloth, 0.62), width=round(0.004 * easel.size)
        )


NECKLINES: dict[str, Callable[[Easel], None]] = {
    "crew": _crew,
    "stripes": _crew,
    "vee": _vee,
    "collar": _collar,
    "roll": _roll,
    "jacket": _jacket,
}
