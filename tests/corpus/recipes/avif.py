"""Encoders of AVIF."""

from __future__ import annotations

from tests.corpus.encoders import Library, Program
from tests.corpus.recipes.common import by_vips

ENCODERS = (
    Library(
        "libvips avif",
        by_vips,
        ("tall.png", "grey.png", "logo.png"),
        (
            {"to": ".avif", "effort": 0},
            {"to": ".avif", "effort": 0, "subsample_mode": "off"},
            {"to": ".avif", "effort": 0, "bitdepth": 10},
            {"to": ".avif", "effort": 0, "bitdepth": 12},
            {"to": ".avif", "effort": 0, "lossless": True},
        ),
    ),
    Program(
        "avifenc",
        "libavif-bin",
        "avifenc -s 10 {options} {source} {out}",
        ".avif",
        ("tall.png", "logo.png"),
        (
            "-y 444",
            "-y 422",
            "-y 420",
            "-y 400",
            "-d 10 -y 420",
            "-d 12",
            "-r limited",
            "--min 50 --max 63 -y 420",
            "--lossless",
            "-p",
            "--irot 1",
            "--irot 2",
            "--irot 3",
            "--imir 0",
            "--imir 1",
            "--irot 1 --imir 1",
            "--icc {dir}/p3.icc",
            "--icc {dir}/ff.icc -y 420",
            "--cicp 1/13/6",
            "--cicp 1/13/1 -r limited",
            "--tilerowslog2 1 --tilecolslog2 1",
            "-c aom -a end-usage=q -a cq-level=40 --min 0 --max 63",
            "--pasp 1,1",
        ),
    ),
    Program(
        "avifenc, several parts",
        "libavif-bin",
        "avifenc -s 10 {options} {out}",
        ".avif",
        ("frame-0.png",),
        (
            "--timescale 9 {source} {dir}/frame-1.png {dir}/frame-2.png",
            "-g 2x2 {source} {dir}/frame-1.png {dir}/frame-2.png {source}",
            "-c svt -y 420 {source}",
        ),
    ),
)
