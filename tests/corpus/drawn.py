"""What the encoders are given: a drawn person whose corners tell how it is turned, and files made of that.

Drawn, so that it needs nobody's picture; with the grain of a camera, so that encoders have something to do.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from tests.corpus.programs import run
from tests.images.samples import portrait, wide_gamut_profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CORNERS = ((200, 40, 40), (40, 170, 60), (40, 60, 200), (230, 220, 90))

# Made by other encoders, for programs that change or wrap what others wrote. Each may use those before it.
MADE: Mapping[str, tuple[str, str]] = {
    "tall.jpg": ("cjpeg -quality 88 -outfile {out} {dir}/tall.ppm", "libjpeg-turbo-progs"),
    "grey.jpg": ("cjpeg -quality 88 -outfile {out} {dir}/grey.pgm", "libjpeg-turbo-progs"),
    "profiled.jpg": ("cjpeg -icc {dir}/ff.icc -outfile {out} {dir}/tall.ppm", "libjpeg-turbo-progs"),
    "tall.png": ("ffmpeg -v error -i {dir}/tall.ppm {out}", "ffmpeg"),
    "tall.webp": ("cwebp -quiet {dir}/tall.png -o {out}", "webp"),
    "faint.webp": ("cwebp -quiet {dir}/logo.png -o {out}", "webp"),
    "tall.avif": ("avifenc -s 10 {dir}/tall.png {out}", "libavif-bin"),
    "tall.gif": ("magick|convert-im6.q16|convert {dir}/tall.png {out}", "imagemagick"),
    "moving.gif": ("magick|convert-im6.q16|convert -delay 9 {dir}/frame-%d.png[0-2] {out}", "imagemagick"),
}


def draw_into(folder: Path) -> None:
    """Make all of them.

    Raises:
        Lacking: the machine lacks an encoder.
    """
    for name, image in _drawn().items():
        image.save(folder / name)
    profile = wide_gamut_profile()
    folder.joinpath("p3.icc").write_bytes(profile)
    folder.joinpath("ff.icc").write_bytes(_ending_in_ff(profile))
    for way in range(1, 9):
        folder.joinpath(f"turned-{way}.exif").write_bytes(_exif(way))
    for name, (command, debian) in MADE.items():
        run(command.format(dir=folder, out=folder / name), debian)


def _drawn() -> dict[str, Image.Image]:
    tall = person(240, 320)
    return {
        "tall.ppm": tall,
        "wide.ppm": person(320, 208),
        "large.ppm": person(1000, 1300),
        "odd.ppm": person(141, 203),
        "grey.pgm": tall.convert("L"),
        "grey.png": tall.convert("L"),
        "logo.png": _faint(tall),
        **{f"frame-{at}.png": person(240, 240, light=1 - at / 8) for at in range(3)},
    }


def person(width: int, height: int, *, light: float = 1) -> Image.Image:
    """Somebody, with a patch of another colour in each corner."""
    image = portrait(width, height, light=light)
    edge = min(image.size) // 6
    pen = ImageDraw.Draw(image)
    places = ((0, 0), (width - edge, 0), (0, height - edge), (width - edge, height - edge))
    for (left, top), colour in zip(places, _CORNERS, strict=True):
        pen.rectangle((left, top, left + edge, top + edge), fill=colour)
    return image


def _faint(image: Image.Image) -> Image.Image:
    """With transparent, half transparent and opaque parts."""
    faint = image.copy()
    faint.putalpha(Image.linear_gradient("L").resize(image.size))
    return faint


def _ending_in_ff(profile: bytes) -> bytes:
    """The profile with padding, as the commonest ones of the web have it before the next marker."""
    longer = profile + b"\xff" * 4
    return len(longer).to_bytes(4, "big") + longer[4:]


def _exif(orientation: int) -> bytes:
    """EXIF that says nothing but how the picture is turned: https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf."""
    return b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
