"""Encoders of WebP."""

from __future__ import annotations

from tests.corpus.encoders import Library, Program
from tests.corpus.recipes.common import MAGICK, WAYS, by_vips

ENCODERS = (
    Library(
        "libvips webp",
        by_vips,
        ("tall.png", "grey.png", "logo.png"),
        (
            {"to": ".webp"},
            {"to": ".webp", "lossless": True},
            {"to": ".webp", "near_lossless": True, "Q": 60},
            {"to": ".webp", "smart_subsample": True, "preset": "photo"},
            {"to": ".webp", "alpha_q": 10, "Q": 20},
        ),
    ),
    Program(
        "ImageMagick webp",
        "imagemagick",
        MAGICK + " {source} {options} {out}",
        ".webp",
        ("tall.png", "logo.png"),
        ("", "-quality 5", "-define webp:lossless=true", "-profile {dir}/p3.icc"),
    ),
    Program(
        "cwebp",
        "webp",
        "cwebp -quiet {options} {source} -o {out}",
        ".webp",
        ("tall.png", "logo.png", "profiled.jpg"),
        (
            "-q 0",
            "-q 50 -m 0",
            "-q 100 -m 5",
            "-preset photo -sharp_yuv",
            "-preset icon -segments 1",
            "-lossless",
            "-z 5",
            "-near_lossless 40",
            "-alpha_q 10 -alpha_filter best",
            "-alpha_method 0 -exact",
            "-noalpha",
            "-blend_alpha 0xc0e0d0",
            "-metadata icc",
            "-metadata all -lossless",
            "-crop 20 20 200 220",
            "-resize 123 0",
            "-partition_limit 80 -f 100 -strong",
        ),
    ),
    Program(
        "gif2webp",
        "webp",
        "gif2webp -quiet {options} {source} -o {out}",
        ".webp",
        ("moving.gif", "tall.gif"),
        ("", "-lossy -q 20", "-mixed", "-min_size -kmin 1 -kmax 2"),
    ),
    Program(
        "img2webp",
        "webp",
        "img2webp {options} -o {out}",
        ".webp",
        ("frame-0.png",),
        (
            "-loop 2 {source} {dir}/frame-1.png {dir}/frame-2.png",
            "-mixed -lossy -q 40 {source} -d 80 {dir}/frame-1.png",
        ),
    ),
    Program(
        "webpmux",
        "webp",
        "webpmux {options} -o {out}",
        ".webp",
        ("tall.webp",),
        (
            "-set icc {dir}/p3.icc {source}",
            "-set icc {dir}/ff.icc {source}",
            *(f"-set exif {{dir}}/turned-{way}.exif {{source}}" for way in WAYS),
            "-frame {source} +100 -frame {dir}/faint.webp +50+0+0+1+b",
            "-frame {dir}/faint.webp +100 -frame {source} +50 -bgcolor 255,255,0,0",
        ),
    ),
)
