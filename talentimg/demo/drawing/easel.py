"""The easel: shapes, soft light and the tilt of the head, on a canvas twice the final size.

Shapes are in units of the picture (0 to 1, y downwards). Hard shapes are painted large and smoothed
at the end; soft ones are blurred small and enlarged, which is cheap.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from talentimg.demo.drawing.look import Colour, Look

Point: TypeAlias = tuple[float, float]
Shape: TypeAlias = list[Point]

SIDE: Final = 512
"""The width and height, in pixels, at which a portrait is drawn."""
NECK_BASE: Final = 0.75
SOFT: Final = 8
"""Soft shapes are blurred on a canvas smaller by this factor."""


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """A mix of two colours, with this share of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def shade(colour: Colour, factor: float) -> Colour:
    """A darker (below 1) or lighter (up to 2) shade of a colour."""
    if factor <= 1:
        return mix((0, 0, 0), colour, factor)
    return mix(colour, (255, 255, 255), factor - 1)


def ellipse(cx: float, cy: float, rx: float, ry: float, steps: int = 48) -> Shape:
    """An ellipse around a centre."""
    turn = 2 * math.pi / steps
    return [(cx + rx * math.cos(i * turn), cy + ry * math.sin(i * turn)) for i in range(steps)]


def curve(points: Sequence[Point], steps: int = 12) -> Shape:
    """A smooth line through the points (Catmull-Rom)."""
    padded = [points[0], *points, points[-1]]
    line: Shape = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            line.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    line.append(points[-1])
    return line


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


class Easel:
    """One portrait while it is being painted."""

    CX: Final = 0.5
    CY: Final = 0.46
    RY: Final = 0.208
    """The middle of the face, and half its height."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.size = SIDE * 2
        self.rx = 0.162 * look.face_width
        self.canvas = Image.new("RGB", (self.size, self.size))
        self.pen = ImageDraw.Draw(self.canvas)
        angle = math.radians(look.tilt)
        self._cos, self._sin = math.cos(angle), math.sin(angle)

    def on_body(self, points: Iterable[Point]) -> Shape:
        """Where points of the bust are on the canvas."""
        zoom = self.look.zoom * self.size
        middle, floor = self.CX * self.size, float(self.size)
        return [(middle + (x - self.CX) * zoom, floor + (y - 1) * zoom) for x, y in points]

    def on_head(self, points: Iterable[Point]) -> Shape:
        """Where points of the head are on the canvas: it is tilted around the base of the neck."""
        return self.on_body(
            (
                self.CX + (x - self.CX) * self._cos - (y - NECK_BASE) * self._sin,
                NECK_BASE + (x - self.CX) * self._sin + (y - NECK_BASE) * self._cos,
            )
            for x, y in points
        )

    def face(self, grow: float = 1.0) -> Shape:
        """The outline of the face; `grow` widens it."""
        points = []
        for step in range(96):
            x, y = math.cos(2 * math.pi * step / 96), math.sin(2 * math.pi * step / 96)
            narrow = 1 - self.look.jaw * max(0.0, y) ** 1.6
            square = 1 + 0.14 * (x * y) ** 2
            tall = self.RY * (1 + (grow - 1) * 0.8)
            points.append((self.CX + self.rx * grow * x * narrow * square, self.CY + tall * y * square))
        return points

    def shape(self, points: Iterable[Point], colour: Colour) -> None:
        """A hard shape on the head."""
        self.pen.polygon(self.on_head(points), fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float, *, body: bool = False) -> None:
        """A smooth line with round ends, on the head or on the body."""
        place = self.on_body if body else self.on_head
        line = place(curve(points))
        thick = max(2, round(width * self.size))
        self.pen.line(line, fill=colour, width=thick, joint="curve")
        for x, y in (line[0], line[-1]):
            self.pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=colour)

    def mask(self, *placed: Shape) -> Image.Image:
        """A stencil made of shapes in canvas coordinates."""
        mask = Image.new("L", (self.size, self.size))
        pen = ImageDraw.Draw(mask)
        for points in placed:
            pen.polygon(points, fill=255)
        return mask

    def soft(
        self, placed: Shape, colour: Colour, strength: float, blur: float, within: Image.Image | None = None
    ) -> None:
        """A blurred shape, kept inside a stencil if there is one."""
        radius = blur * self.size / SOFT
        left, top = (int(min(axis) / SOFT - 3 * radius) for axis in zip(*placed, strict=True))
        right, low = (int(max(axis) / SOFT + 3 * radius) + 1 for axis in zip(*placed, strict=True))
        mask = Image.new("L", (right - left, low - top))
        shrunk = [(x / SOFT - left, y / SOFT - top) for x, y in placed]
        ImageDraw.Draw(mask).polygon(shrunk, fill=round(255 * strength))
        mask = mask.filter(ImageFilter.GaussianBlur(radius))
        box = (left * SOFT, top * SOFT, right * SOFT, low * SOFT)
        mask = mask.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR)
        if within is not None:
            mask = ImageChops.multiply(mask, within.crop(box))
        self.canvas.paste(colour, box, mask)

    def backdrop(self) -> None:
        """A slanted gradient with a few out-of-focus lights."""
        light, dark = self.look.backdrop
        ramp = Image.linear_gradient("L").rotate(-35, resample=Image.Resampling.BICUBIC)
        ramp = ImageOps.autocontrast(ramp.crop((50, 50, 206, 206)))
        tint = ImageOps.colorize(ramp, light, dark)
        self.canvas.paste(tint.resize((self.size, self.size), Image.Resampling.BICUBIC))
        dice = Random(self.look.grain)  # noqa: S311  not for secrets
        for _ in range(6):
            radius = dice.uniform(0.04, 0.14) * self.size
            spot = ellipse(dice.random() * self.size, dice.random() * self.size, radius, radius)
            self.soft(spot, dice.choice((light, shade(light, 1.6), dark)), 0.45, 0.012)
        halo = ellipse(self.size / 2, self.size * 0.45, self.size * 0.3, self.size * 0.3)
        self.soft(halo, shade(light, 1.5), 0.55, 0.09)

    def finish(self) -> Image.Image:
        """The portrait in its final size, with photographic grain."""
        picture = self.canvas.resize((SIDE, SIDE), Image.Resampling.BOX)
        noise = Random(self.look.grain).randbytes(128 * 128)  # noqa: S311  not for secrets
        grain = ImageOps.colorize(Image.frombytes("L", (128, 128), noise), (122, 122, 122), (134, 134, 134))
        return ImageChops.overlay(picture, grain.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
