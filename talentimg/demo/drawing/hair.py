"""Hair and headwear: what hangs behind the head, and what lies on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from talentimg.demo.drawing.easel import curve, ellipse, mix, shade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from talentimg.demo.drawing.easel import Easel, Point, Shape
    from talentimg.demo.drawing.look import Colour


def paint_back_hair(easel: Easel) -> None:
    """What hangs down behind the neck and the head."""
    paint = BACK.get(easel.look.style)
    if paint:
        paint(easel)


def paint_front_hair(easel: Easel) -> None:
    """What lies on the head."""
    FRONT[easel.look.style](easel)


def _locks(easel: Easel, shapes: Sequence[Shape], colour: Colour | None = None) -> None:
    """Hair (or cloth) with a band of light on it and a shadow on the far side."""
    colour = colour or easel.look.hair
    placed = [easel.on_head(points) for points in shapes]
    for points in placed:
        easel.pen.polygon(points, fill=colour)
    mask = easel.mask(*placed)
    band = easel.on_head(ellipse(easel.CX - 0.07, easel.CY - 0.2, 0.1, 0.03))
    easel.soft(band, shade(colour, 1.35), 0.55, 0.02, mask)
    far = easel.on_head(ellipse(easel.CX + 0.2, easel.CY + 0.1, 0.06, 0.3))
    easel.soft(far, shade(colour, 0.55), 0.6, 0.03, mask)


def _crown(easel: Easel, grow: float, low: float, hairline: Sequence[Point], lift: float = 0.0) -> Shape:
    """Hair between the outline of the skull and a hairline.

    Args:
        easel: what it is painted on.
        grow: how far the hair stands off the skull.
        low: how far down the sides it comes; 0 is the height of the eyes.
        hairline: from the right temple to the left, from the middle of the face; x is in half widths.
        lift: extra height on the top.
    """
    bottom = math.asin(low / easel.RY)
    rim = []
    for step in range(61):
        turn = math.pi - bottom + (math.pi + 2 * bottom) * step / 60
        x, y = math.cos(turn), math.sin(turn)
        square = 1 + 0.14 * (x * y) ** 2
        tall = easel.RY * (1 + (grow - 1) * 1.15)
        rim.append(
            (easel.CX + easel.rx * grow * x * square, easel.CY + tall * y * square - lift * max(0.0, -y) ** 2)
        )
    return [*rim, *curve([(easel.CX + x * easel.rx, easel.CY + y) for x, y in hairline])]


def _hanging(easel: Easel, half: float, down: float, waves: float = 0.0) -> Shape:
    """The outline of hair that hangs down to this far below the eyes."""
    left = [(0.0, -0.24), (-half * 0.66, -0.21), (-half * 0.95, -0.08), (-half, down * 0.25)]
    left += [(-half + waves, down * 0.5), (-half - 0.006 - waves, down * 0.78), (-half * 0.92, down)]
    left += [(-half * 0.5, down + 0.014)]
    points = [(easel.CX + x, easel.CY + y) for x, y in left]
    points += [(easel.CX - x, easel.CY + y) for x, y in reversed(left)]
    return curve(points)


def _cluster(easel: Easel, rings: Sequence[Point], size: float, spread: float) -> list[Shape]:
    """Curls: circles along an arc; `rings` gives angles (in turns) and distances."""
    return [
        ellipse(
            easel.CX + easel.rx * distance * math.cos(turn * 2 * math.pi),
            easel.CY + easel.RY * distance * math.sin(turn * 2 * math.pi) * spread,
            size,
            size,
            24,
        )
        for turn, distance in rings
    ]


def _back_long(easel: Easel) -> None:
    _locks(easel, [_hanging(easel, 0.205, 0.45)], shade(easel.look.hair, 0.8))


def _back_wavy(easel: Easel) -> None:
    _locks(easel, [_hanging(easel, 0.218, 0.38, 0.016)], shade(easel.look.hair, 0.8))


def _back_bob(easel: Easel) -> None:
    _locks(easel, [_hanging(easel, 0.205, 0.19)], shade(easel.look.hair, 0.78))


def _back_curly(easel: Easel) -> None:
    rings = [(-0.1 + step * 0.05, 1.22) for step in range(15)]
    drop = [(0.04, 1.3), (0.08, 1.3), (0.42, 1.3), (0.46, 1.3)]
    curls = _cluster(easel, [(-turn, far) for turn, far in rings] + drop, 0.066, 1.0)
    _locks(easel, curls, shade(easel.look.hair, 0.85))


def _back_afro(easel: Easel) -> None:
    above_the_shoulders = (*range(3), *range(11, 26))
    rings = [(step / 26, 1.38 if step % 2 else 1.33) for step in above_the_shoulders]
    whole = ellipse(easel.CX, easel.CY - 0.045, easel.rx * 1.48, easel.RY * 1.25)
    _locks(easel, [whole, *_cluster(easel, rings, 0.05, 1.0)])


def _back_bun(easel: Easel) -> None:
    _locks(easel, [ellipse(easel.CX, easel.CY - 0.25, 0.08, 0.068)])


def _back_scarf(easel: Easel) -> None:
    drape = [(-0.12, -0.1), (-0.19, 0.05), (-0.205, 0.18), (-0.24, 0.3), (-0.27, 0.4), (0.0, 0.46)]
    drape += [(-x, y) for x, y in reversed(drape[:-1])]
    _locks(easel, [[(easel.CX + x, easel.CY + y) for x, y in curve(drape)]], shade(_cloth(easel), 0.78))


def _cloth(easel: Easel) -> Colour:
    return mix(easel.look.accent, easel.look.backdrop[1], 0.12)


def _front_crop(easel: Easel) -> None:
    line = [
        (0.99, -0.02),
        (0.9, -0.1),
        (0.72, -0.132),
        (0.3, -0.15),
        (-0.3, -0.15),
        (-0.72, -0.132),
        (-0.9, -0.1),
        (-0.99, -0.02),
    ]
    _locks(easel, [_crown(easel, 1.06, 0.0, line)])


def _front_quiff(easel: Easel) -> None:
    line = [(1.0, -0.03), (0.9, -0.1), (0.8, -0.13), (0.3, -0.15), (-0.35, -0.14)]
    line += [(-0.78, -0.12), (-0.92, -0.08), (-1.0, -0.03)]
    _locks(easel, [_crown(easel, 1.06, 0.0, line, 0.015)])
    sweep = [(-0.86, -0.13), (-0.8, -0.215), (-0.35, -0.262), (0.35, -0.268), (0.9, -0.225), (0.9, -0.16)]
    sweep += [(0.55, -0.135), (0.1, -0.155), (-0.4, -0.14)]
    _locks(easel, [[(easel.CX + x * easel.rx, easel.CY + y) for x, y in curve([*sweep, sweep[0]])]])


def _front_parted(easel: Easel) -> None:
    line = [
        (1.0, 0.0),
        (0.93, -0.07),
        (0.75, -0.1),
        (0.35, -0.115),
        (-0.1, -0.135),
        (-0.45, -0.175),
        (-0.8, -0.11),
        (-1.0, 0.0),
    ]
    _locks(easel, [_crown(easel, 1.09, 0.02, line, 0.018)])
    part = [(easel.CX - 0.45 * easel.rx, easel.CY - 0.172), (easel.CX - 0.34 * easel.rx, easel.CY - 0.24)]
    easel.line(part, shade(easel.look.hair, 0.7), 0.006)


def _front_long(easel: Easel) -> None:
    line = [
        (1.08, 0.12),
        (0.98, 0.0),
        (0.86, -0.08),
        (0.5, -0.14),
        (0.02, -0.19),
        (-0.5, -0.14),
        (-0.86, -0.08),
        (-0.98, 0.0),
        (-1.08, 0.12),
    ]
    _locks(easel, [_crown(easel, 1.13, 0.12, line)])
    easel.line(
        [(easel.CX, easel.CY - 0.188), (easel.CX, easel.CY - 0.232)], shade(easel.look.hair, 0.72), 0.005
    )


def _front_wavy(easel: Easel) -> None:
    line = [
        (1.14, 0.14),
        (0.98, 0.03),
        (0.93, -0.05),
        (0.7, -0.1),
        (0.2, -0.13),
        (-0.25, -0.18),
        (-0.62, -0.12),
        (-0.88, -0.05),
        (-0.97, 0.03),
        (-1.14, 0.14),
    ]
    _locks(easel, [_crown(easel, 1.16, 0.14, line, 0.012)])


def _front_bob(easel: Easel) -> None:
    line = [
        (1.1, 0.13),
        (0.95, 0.05),
        (0.92, -0.06),
        (0.7, -0.078),
        (0.2, -0.072),
        (-0.3, -0.072),
        (-0.75, -0.078),
        (-0.92, -0.06),
        (-0.95, 0.05),
        (-1.1, 0.13),
    ]
    _locks(easel, [_crown(easel, 1.15, 0.14, line)])


def _front_curly(easel: Easel) -> None:
    rings = [(0.5 + step * 0.0385, 0.93 if step % 2 else 1.0) for step in range(14)]
    inner = [(0.56 + step * 0.042, 0.84) for step in range(10)]
    line = [(1.0, -0.05), (0.8, -0.12), (0.3, -0.16), (-0.3, -0.16), (-0.8, -0.12), (-1.0, -0.05)]
    _locks(
        easel,
        [
            _crown(easel, 1.14, 0.0, line),
            *_cluster(easel, rings, 0.048, 1.08),
            *_cluster(easel, inner, 0.032, 1.0),
        ],
    )


def _front_afro(easel: Easel) -> None:
    rings = [(0.53 + step * 0.0445, 0.87) for step in range(11)]
    line = [(1.0, -0.03), (0.86, -0.1), (0.4, -0.15), (-0.4, -0.15), (-0.86, -0.1), (-1.0, -0.03)]
    _locks(easel, [_crown(easel, 1.2, 0.0, line), *_cluster(easel, rings, 0.03, 1.0)])


def _front_bun(easel: Easel) -> None:
    line = [
        (1.0, -0.01),
        (0.9, -0.085),
        (0.66, -0.14),
        (0.3, -0.168),
        (-0.3, -0.168),
        (-0.66, -0.14),
        (-0.9, -0.085),
        (-1.0, -0.01),
    ]
    _locks(easel, [_crown(easel, 1.07, 0.0, line)])
    tie = [
        (easel.CX - 0.045, easel.CY - 0.222),
        (easel.CX, easel.CY - 0.213),
        (easel.CX + 0.045, easel.CY - 0.222),
    ]
    easel.line(tie, easel.look.accent, 0.014)


def _front_scarf(easel: Easel) -> None:
    colour = _cloth(easel)
    opening = [
        (0.86, 0.02),
        (0.84, -0.08),
        (0.5, -0.15),
        (0.0, -0.168),
        (-0.5, -0.15),
        (-0.84, -0.08),
        (-0.86, 0.02),
    ]
    lower = [(-0.8, 0.1), (-0.52, 0.172), (0.0, 0.205), (0.52, 0.172), (0.8, 0.1)]
    rim = _crown(easel, 1.2, 0.05, opening)[:61]
    drape = [(1.3, 0.2), (1.15, 0.33), (0.4, 0.4), (-0.5, 0.395), (-1.2, 0.33), (-1.3, 0.2)]
    outer = [*rim, *((easel.CX + x * easel.rx, easel.CY + y) for x, y in curve(drape))]
    ring = [*opening, *lower, opening[0]]
    inner = [(easel.CX + x * easel.rx, easel.CY + y) for x, y in curve(ring)]
    _locks(easel, [[*outer, outer[0], *inner, inner[0], outer[0]]], colour)
    for fold in ([(-1.05, 0.12), (-0.5, 0.27), (0.5, 0.3)], [(1.1, 0.14), (0.4, 0.28), (-0.6, 0.35)]):
        easel.line([(easel.CX + x * easel.rx, easel.CY + y) for x, y in fold], shade(colour, 0.75), 0.006)


def _front_beanie(easel: Easel) -> None:
    _front_crop(easel)
    knit = shade(easel.look.accent, 0.95)
    brim = [(1.12, -0.09), (0.6, -0.128), (0.0, -0.14), (-0.6, -0.128), (-1.12, -0.09)]
    _locks(easel, [_crown(easel, 1.13, -0.1, brim, 0.05)], knit)
    band = [(-1.13, -0.125), (-0.6, -0.165), (0.0, -0.178), (0.6, -0.165), (1.13, -0.125), *brim]
    placed = [(easel.CX + x * easel.rx, easel.CY + y) for x, y in [*curve(band[:5]), *curve(brim)]]
    easel.shape(placed, shade(knit, 0.8))
    for step in range(-9, 10):
        x = easel.CX + step * 0.118 * easel.rx
        top = easel.CY - 0.176 + 0.05 * (step / 9) ** 2
        easel.line([(x, top), (x, top + 0.036)], shade(knit, 0.68), 0.003)


def _front_bald(easel: Easel) -> None:
    shine = easel.on_head(ellipse(easel.CX - 0.055, easel.CY - 0.145, 0.045, 0.022))
    easel.soft(shine, shade(easel.look.skin, 1.7), 0.6, 0.012, easel.mask(easel.on_head(easel.face())))


BACK: dict[str, Callable[[Easel], None]] = {
    "long": _back_long,
    "wavy": _back_wavy,
    "bob": _back_bob,
    "curly": _back_curly,
    "afro": _back_afro,
    "bun": _back_bun,
    "scarf": _back_scarf,
}
FRONT: dict[str, Callable[[Easel], None]] = {
    "crop": _front_crop,
    "quiff": _front_quiff,
    "parted": _front_parted,
    "long": _front_long,
    "wavy": _front_wavy,
    "bob": _front_bob,
    "curly": _front_curly,
    "afro": _front_afro,
    "bun": _front_bun,
    "scarf": _front_scarf,
    "beanie": _front_beanie,
    "bald": _front_bald,
}
