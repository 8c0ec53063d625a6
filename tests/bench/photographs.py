"""Real photographs in the sizes that platforms serve. Settings are modelled; no file is a platform's own."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageCms, ImageOps

from tests.corpus.packages import PACKAGES, pictures
from tests.corpus.programs import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOVE: Final = 0.1
"""The share of a tall photograph's surplus that is cut off above a square."""
PHOTOGRAPHS: Final = (
    ("face-recognition", "tests/test_images/biden.jpg"),
    ("face-recognition", "tests/test_images/obama3.jpg"),
    ("thumbor", "tests/fixtures/images/10_years_of_Wikipedia_by_Guillaume_Paumier.jpg"),
    ("thumbor", "tests/fixtures/images/Christophe_Henner_-_June_2016.jpg"),
)
"""Photographs of people in source distributions on the package index, and where they are in them."""
ON_ITS_SIDE: Final = 6
"""The orientation in the EXIF of a picture that has to be turned by a quarter."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way in which pictures come."""

    name: str
    size: tuple[int, int]
    cjpeg: str = ""
    """Options of libjpeg-turbo's encoder."""
    pillow: str = ""
    """Which of Pillow's encoders writes it instead."""
    with_profile: bool = False
    """Whether it says that its colours are sRGB, as Instagram's pictures do."""
    turned: bool = False

    @property
    def is_square(self) -> bool:
        """Whether nothing of it is cut off."""
        return self.size[0] == self.size[1]


KINDS: Final = (
    Kind("instagram-320", (320, 320), "-quality 85 -progressive", with_profile=True),
    Kind("instagram-640", (640, 640), "-quality 85 -progressive", with_profile=True),
    Kind("tiktok-168", (168, 168), "-quality 85"),
    Kind("tiktok-720-webp", (720, 720), pillow="WEBP"),
    Kind("tiktok-1080", (1080, 1080), "-quality 75"),
    Kind("youtube-88", (88, 88), "-quality 90"),
    Kind("youtube-240", (240, 240), "-quality 90"),
    Kind("youtube-800", (800, 800), "-quality 85"),
    Kind("bluesky-1000", (1000, 1000), "-quality 85"),
    Kind("bluesky-1000-webp", (1000, 1000), pillow="WEBP"),
    Kind("github-460", (460, 460), "-quality 85"),
    Kind("mastodon-400", (400, 400), "-quality 90 -optimize"),
    Kind("mastodon-400-png", (400, 400), pillow="PNG", with_profile=True),
    Kind("website-1600", (1200, 1600), "-quality 98 -sample 1x1", with_profile=True),
    Kind("phone-12mp", (4032, 3024), "-quality 92", turned=True),
)


def write(folder: Path, most: int = len(PHOTOGRAPHS)) -> Iterator[tuple[Kind, Path]]:
    """Write every kind of every photograph, each with the name of its kind and a number.

    Args:
        folder: where they are written.
        most: how many photographs are taken.

    Raises:
        Lacking: the photographs cannot be fetched, or `cjpeg` is not installed.
    """
    packages = {package.name: package for package in PACKAGES}
    for number, (package, name) in enumerate(PHOTOGRAPHS[:most]):
        with Image.open(io.BytesIO(pictures(packages[package])[name])) as photograph:
            upright = ImageOps.exif_transpose(photograph).convert("RGB")
        for kind in KINDS:
            yield kind, _written(upright, kind, folder / f"{kind.name}-{number}")


def _written(photograph: Image.Image, kind: Kind, path: Path) -> Path:
    fitted = ImageOps.fit(photograph, kind.size, Image.Resampling.LANCZOS, centering=(0.5, ABOVE))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() if kind.with_profile else b""
    if kind.pillow:
        fitted.save(path, kind.pillow, quality=80, icc_profile=profile)
        return path
    source = path.with_suffix(".ppm")
    fitted.save(source)
    run(f"cjpeg {kind.cjpeg} -outfile {path} {source}", "libjpeg-turbo-progs")
    source.unlink()
    path.write_bytes(_with_notes(path.read_bytes(), kind, profile))
    return path


def _with_notes(jpeg: bytes, kind: Kind, profile: bytes) -> bytes:
    """A JPEG with what stands before its tables: a colour profile, or which way is up."""
    notes = b""
    if profile:
        notes += _segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + profile)
    if kind.turned:
        exif = Image.Exif()
        exif[0x0112] = ON_ITS_SIDE
        notes += _segment(0xE1, exif.tobytes())
    return jpeg[:2] + notes + jpeg[2:]


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload
