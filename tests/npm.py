"""Packages of npm that tests try the product with, pinned by a lock file, in the cache of the tests.

Needs Node.js with npm.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from tests.corpus.need import Lacking
from tests.corpus.packages import FETCH_TIMEOUT, VARIABLE

# The tests move HOME and drop proxies; fetching needs both as they are, so they are read on import.
ENVIRONMENT = dict(os.environ)
_CACHE = Path(ENVIRONMENT.get(VARIABLE) or user_cache_path("talentimg-tests"))


def modules(folder: Path, name: str) -> Path:
    """The folder of the modules that a lock file names, filled by whichever process comes first.

    Args:
        folder: holds `package-lock.json` and `package.json`.
        name: what they are, in a word.

    Raises:
        Lacking: they are not in the cache and cannot be fetched.
    """
    lock_file = (folder / "package-lock.json").read_bytes()
    place = _CACHE / f"{name}-{hashlib.sha256(lock_file).hexdigest()[:16]}"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _install(folder, name, place)
    return place / "node_modules"


def _install(source: Path, name: str, place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=_CACHE) as folder:
        unfinished = Path(folder, "unfinished")
        shutil.copytree(source, unfinished)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run(
            [program("npm", name), "ci", *options],
            cwd=unfinished,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=FETCH_TIMEOUT,
            check=False,
        )
        if done.returncode:
            raise Lacking(f"{name} cannot be fetched: {done.stderr.strip()[-200:]}")
        unfinished.replace(place)


def program(command: str, name: str) -> str:
    """Where a program of Node.js is.

    Args:
        command: the program.
        name: what needs it.

    Raises:
        Lacking: it is not installed.
    """
    found = shutil.which(command, path=ENVIRONMENT.get("PATH"))
    if found is None:
        raise Lacking(f"{name} needs {command}.")
    return found
