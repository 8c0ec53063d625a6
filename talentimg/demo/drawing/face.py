"""Neck, ears, face and features, lit from the upper left."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

from PIL import ImageChops

from talentimg.demo.drawing.easel import curve, ellipse, mix, shade

if TYPE_CHECKING:
    from PIL import Image

    from talentimg.demo.drawing.easel import Easel

BOTH = (-1, 1)
MEDIUM_SKIN = (160, 110, 80)


def paint_neck(easel: Easel) -> None:
    """The neck, with the chin's shadow on it."""
    skin = easel.look.skin
    left = [(0.43, 0.56), (0.432, 0.7), (0.39, 0.757), (0.425, 0.8), (0.5, 0.822)]
    right = [(1 - x, y) for x, y in reversed(left)]
    neck = easel.on_body(curve([*left, *right[1:]]))
    easel.pen.polygon(neck, fill=shade(skin, 0.94))
    shadow = ellipse(easel.CX + 0.012, easel.CY + easel.RY - 0.012, 0.1, 0.058)
    easel.soft(easel.on_head(shadow), shade(skin, 0.62), 0.75, 0.018, easel.mask(neck))


def paint_face(easel: Easel) -> None:
    """Ears, face and everything in it."""
    skin, cx, cy = easel.look.skin, easel.CX, easel.CY
    if easel.look.style != "scarf":
        _ears(easel)
    outline = easel.on_head(easel.face())
    easel.pen.polygon(outline, fill=skin)
    face = easel.mask(outline)
    easel.soft(easel.on_head(ellipse(cx + 0.155, cy + 0.08, 0.07, 0.2)), shade(skin, 0.68), 0.55, 0.03, face)
    light = mix(skin, (255, 232, 208), 0.3)
    easel.soft(easel.on_head(ellipse(cx - 0.06, cy - 0.07, 0.09, 0.08)), light, 0.5, 0.035, face)
    for side in BOTH:
        cheek = easel.on_head(ellipse(cx + side * 0.09, cy + 0.072, 0.036, 0.026))
        easel.soft(cheek, mix(skin, (226, 84, 78), 0.5), 0.5, 0.013, face)
    if easel.look.freckles:
        _freckles(easel)
    if easel.look.beard:
        _beard(easel)
    for side in BOTH:
        _eye(easel, side)
    _nose(easel)
    _mouth(easel)


def paint_glasses(easel: Easel) -> None:
    """Round spectacles."""
    is_dark = sum(easel.look.skin) < sum(MEDIUM_SKIN)
    rim = (206, 170, 108) if is_dark else mix(easel.look.accent, (28, 26, 30), 0.75)
    cx, y = easel.CX, easel.CY + 0.006
    for side in BOTH:
        x = cx + side * 0.066
        ring = ellipse(x, y, 0.052, 0.045, 16)
        easel.line([*ring, ring[0]], rim, 0.0085)
        easel.line([(x + side * 0.051, y - 0.008), (cx + side * easel.rx, y - 0.016)], rim, 0.0075)
    easel.line([(cx - 0.016, y - 0.005), (cx, y - 0.012), (cx + 0.016, y - 0.005)], rim, 0.0085)


def _ears(easel: Easel) -> None:
    skin = easel.look.skin
    for side in BOTH:
        x = easel.CX + side * easel.rx * 1.02
        easel.shape(ellipse(x, easel.CY + 0.025, 0.026, 0.042), shade(skin, 0.92))
        easel.shape(ellipse(x - side * 0.002, easel.CY + 0.026, 0.013, 0.024), shade(skin, 0.8))
        if easel.look.earrings:
            easel.shape(ellipse(x + side * 0.006, easel.CY + 0.076, 0.011, 0.011), (238, 198, 96))


def _freckles(easel: Easel) -> None:
    dice = Random(easel.look.skin[2])  # noqa: S311  not for secrets
    for _ in range(26):
        x, y = dice.gauss(0, 0.06), dice.gauss(0.058, 0.012)
        easel.shape(ellipse(easel.CX + x, easel.CY + y, 0.0028, 0.0028, 10), shade(easel.look.skin, 0.8))


def _beard(easel: Easel) -> None:
    cx, cy, rx = easel.CX, easel.CY, easel.rx
    turns = [math.pi * step / 40 for step in range(41)]
    outer = [(cx + rx * 1.12 * math.cos(t), cy + 0.01 + 0.24 * math.sin(t)) for t in turns]
    cheek = [(-1.02, 0.01), (-0.84, 0.075), (-0.5, 0.1), (-0.3, 0.083), (0.0, 0.086)]
    inner = [(cx + x * rx, cy + y) for x, y in cheek]
    inner += [(cx - x * rx, cy + y) for x, y in reversed(cheek[:-1])]
    grown = ImageChops.multiply(
        easel.mask(easel.on_head([*outer, *curve(inner)])),
        easel.mask(easel.on_head(easel.face(1.035))),
    )
    easel.canvas.paste(mix(easel.look.skin, easel.look.hair, 0.86), mask=grown)
    _beard_light(easel, grown)


def _beard_light(easel: Easel, grown: Image.Image) -> None:
    jaw = ellipse(easel.CX - 0.06, easel.CY + 0.17, 0.05, 0.03)
    easel.soft(easel.on_head(jaw), shade(easel.look.hair, 1.35), 0.4, 0.02, grown)


def _eye(easel: Easel, side: int) -> None:
    x, y = easel.CX + side * 0.066, easel.CY + 0.005
    upper = [(x - 0.033, y + 0.003), (x - 0.014, y - 0.0165), (x + 0.012, y - 0.0175), (x + 0.033, y + 0.001)]
    lower = [(x + 0.033, y + 0.001), (x + 0.012, y + 0.015), (x - 0.014, y + 0.015), (x - 0.033, y + 0.003)]
    easel.shape([*curve(upper), *curve(lower)], (252, 250, 246))
    easel.shape(ellipse(x, y - 0.001, 0.0158, 0.0158), easel.look.eyes)
    easel.shape(ellipse(x, y - 0.001, 0.008, 0.008), (20, 16, 18))
    easel.shape(ellipse(x - 0.0055, y - 0.0065, 0.0042, 0.0042, 16), (255, 255, 255))
    easel.line(upper, mix(easel.look.hair, (30, 22, 22), 0.75), 0.0065)
    brow = [(x - side * 0.034, y - 0.043), (x + side * 0.004, y - 0.055), (x + side * 0.038, y - 0.042)]
    easel.line(brow, mix(easel.look.hair, (40, 30, 28), 0.4), 0.0115 * easel.look.brow)


def _nose(easel: Easel) -> None:
    cx, cy = easel.CX, easel.CY
    side = [
        (cx + 0.008, cy + 0.028),
        (cx + 0.022, cy + 0.064),
        (cx + 0.007, cy + 0.074),
        (cx - 0.013, cy + 0.07),
    ]
    easel.line(side, shade(easel.look.skin, 0.76), 0.0065)


def _mouth(easel: Easel) -> None:
    cx, y = easel.CX, easel.CY + 0.12
    wide, deep = 0.056 * easel.look.smile, 0.032 * easel.look.smile
    lips = mix(shade(easel.look.skin, 0.8), (186, 52, 62), 0.5)
    upper = [(cx - wide, y - 0.007), (cx, y + 0.004), (cx + wide, y - 0.007)]
    lower = [(cx + wide, y - 0.007), (cx, y + deep + 0.005), (cx - wide, y - 0.007)]
    teeth = [(cx + wide * 0.92, y - 0.006), (cx, y + deep * 0.72), (cx - wide * 0.92, y - 0.006)]
    easel.shape([*curve(upper), *curve(lower)], (112, 34, 40))
    easel.shape([*curve(upper), *curve(teeth)], (253, 250, 246))
    easel.line(lower, lips, 0.009)
    easel.line(upper, lips, 0.0075)
