"""Encoders that were asked for files of several formats."""

from __future__ import annotations

from tests.corpus.encoders import Library, Program
from tests.corpus.recipes.common import by_vips

ENCODERS = (
    Library(
        "libvips with a profile",
        by_vips,
        ("tall.png", "logo.png"),
        (
            {"to": ".png", "profile": "p3.icc"},
            {"to": ".jpg", "profile": "ff.icc"},
            {"to": ".webp", "profile": "ff.icc"},
            {"to": ".avif", "effort": 0, "profile": "ff.icc"},
        ),
    ),
    Program(
        "GraphicsMagick",
        "graphicsmagick",
        "gm convert {source} {options}{out}",
        "",
        ("tall.png", "logo.png"),
        (
            "JPEG:",
            "-quality 12 -interlace Line JPEG:",
            "-colorspace Gray JPEG:",
            "-colorspace CMYK JPEG:",
            "PNG:",
            "PNG8:",
            "-depth 16 PNG:",
            "GIF:",
            "-interlace Line GIF:",
            "WEBP:",
        ),
    ),
    Program(
        "ffmpeg gif, webp and avif",
        "ffmpeg",
        "ffmpeg -v error -framerate 9 -i {dir}/frame-%d.png {options} {out}",
        "",
        ("frame-0.png",),
        (
            "-f gif",
            "-vf split[a][b];[a]palettegen[p];[b][p]paletteuse -f gif",
            "-gifflags -offsetting-transdiff -f gif",
            "-f apng",
            "-plays 0 -frames:v 1 -f apng",
            "-frames:v 1 -f webp",
            "-c:v libwebp -lossless 1 -frames:v 1 -f webp",
            "-c:v libwebp_anim -f webp",
            "-c:v libaom-av1 -cpu-used 8 -still-picture 1 -frames:v 1 -f avif",
            "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv444p -frames:v 1 -still-picture 1 -f avif",
            "-c:v libaom-av1 -cpu-used 8 -f avif",
            "-c:v libsvtav1 -preset 12 -frames:v 1 -f avif",
        ),
    ),
    Program(
        "exiftool, others",
        "libimage-exiftool-perl",
        "exiftool -q {options} -o {out} {source}",
        "",
        ("tall.png", "tall.avif"),
        ("-Orientation#=6", "-XMP-tiff:Orientation#=6", "-Orientation#=8 -XMP-tiff:Orientation#=6"),
    ),
)
