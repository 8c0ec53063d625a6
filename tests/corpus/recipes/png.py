"""Encoders of PNG, and programs that make PNGs smaller."""

from __future__ import annotations

from tests.corpus.encoders import Library, Program
from tests.corpus.recipes.common import MAGICK, by_vips

_PIXEL_FORMATS = ("rgb24", "rgba", "rgb48be", "rgba64be", "gray", "gray16be", "ya8", "ya16be", "monob")

ENCODERS = (
    Library(
        "libvips png",
        by_vips,
        ("tall.png", "grey.png", "logo.png"),
        (
            {"to": ".png"},
            {"to": ".png", "interlace": True},
            {"to": ".png", "palette": True, "bitdepth": 4},
            {"to": ".png", "palette": True, "bitdepth": 2},
            {"to": ".png", "bitdepth": 16},
            {"to": ".png", "compression": 0, "filter": "paeth"},
        ),
    ),
    Program(
        "ImageMagick png",
        "imagemagick",
        MAGICK + " {source} {options}{out}",
        ".png",
        ("tall.png",),
        (
            "PNG8:",
            "PNG24:",
            "PNG32:",
            "PNG48:",
            "-monochrome PNG:",
            "-colors 4 PNG:",
            "-colors 13 -interlace PNG PNG:",
            "-colorspace Gray -depth 8 PNG:",
            "-colorspace Gray -depth 16 PNG:",
            "-colorspace Gray -depth 2 PNG:",
            "-interlace PNG PNG:",
            "-strip PNG:",
            "-profile {dir}/ff.icc PNG:",
            "-set comment hello PNG:",
        ),
    ),
    Program(
        "ImageMagick png, transparent",
        "imagemagick",
        MAGICK + " {source} {options}{out}",
        ".png",
        ("logo.png",),
        ("PNG8:", "PNG32:", "PNG64:", "-colorspace Gray PNG:", "-background red PNG:", "-colors 9 PNG:"),
    ),
    Program(
        "ffmpeg png",
        "ffmpeg",
        "ffmpeg -v error -i {source} {options} {out}",
        ".png",
        ("tall.ppm",),
        (
            *(f"-pix_fmt {form}" for form in _PIXEL_FORMATS),
            "-pred mixed",
            "-vf split[a][b];[a]palettegen[p];[b][p]paletteuse",
            "-f apng",
        ),
    ),
    Program(
        "ffmpeg png, transparent",
        "ffmpeg",
        "ffmpeg -v error -i {source} {options} {out}",
        ".png",
        ("logo.png",),
        ("-pix_fmt rgba", "-pix_fmt rgba64be", "-pix_fmt ya8", "-pix_fmt ya16be", "-pix_fmt pal8"),
    ),
    Program(
        "pngquant",
        "pngquant",
        "pngquant {options} --output {out} {source}",
        ".png",
        ("tall.png", "logo.png"),
        ("--speed 10 256", "--speed 10 16", "--speed 10 2", "--nofs --posterize 4 --speed 10"),
    ),
    Program(
        "optipng",
        "optipng",
        "optipng -quiet -out {out} {options} {source}",
        ".png",
        ("tall.png", "logo.png"),
        ("-o0 -i0", "-o1 -i1 -strip all"),
    ),
)
