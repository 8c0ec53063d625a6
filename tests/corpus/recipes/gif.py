"""Encoders of GIF."""

from __future__ import annotations

from tests.corpus.encoders import Library, Program
from tests.corpus.recipes.common import MAGICK, by_vips

ENCODERS = (
    Library(
        "libvips gif",
        by_vips,
        ("tall.png", "grey.png", "logo.png"),
        (
            {"to": ".gif", "effort": 1},
            {"to": ".gif", "effort": 1, "interlace": True},
            {"to": ".gif", "effort": 1, "bitdepth": 3},
        ),
    ),
    Program(
        "ImageMagick gif",
        "imagemagick",
        MAGICK + " {source} {options} {out}",
        ".gif",
        ("tall.png", "logo.png", "moving.gif"),
        (
            "",
            "-interlace GIF",
            "-colors 2",
            "-layers OptimizeFrame",
            "-dither None -colors 7",
        ),
    ),
    Program(
        "gifsicle",
        "gifsicle",
        "gifsicle {options} {source} -o {out}",
        ".gif",
        ("moving.gif", "tall.gif"),
        (
            "-O3",
            "--interlace",
            "--colors 8",
            "--crop 10,10-200,210",
            "--rotate-90",
            "--lossy=80",
            "--comment hello --loopcount=3",
            "--unoptimize --disposal background",
        ),
    ),
)
