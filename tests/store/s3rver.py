"""s3rver, an S3 server that somebody else wrote, in JavaScript: npm puts it into the cache of the tests.

Needs Node.js with npm; `s3_by_others/package-lock.json` pins all that it is made of.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from tests.corpus.need import Lacking
from tests.corpus.packages import FETCH_TIMEOUT, VARIABLE
from tests.store.s3_server import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).with_name("s3_by_others")
_LOCK_FILE = _HERE / "package-lock.json"
ACCESS = "S3RVER"
"""The only key that it knows, and the secret that belongs to it."""

# The tests move HOME and drop proxies; fetching needs both as they are, so they are read on import.
_ENVIRONMENT = dict(os.environ)
_CACHE = Path(_ENVIRONMENT.get(VARIABLE) or user_cache_path("talentimg-tests"))


@contextmanager
def serving() -> Iterator[str]:
    """It runs, with an empty bucket; its address.

    Raises:
        Lacking: it is not in the cache and cannot be fetched, or there is no Node.js.
    """
    modules = _installed()
    with tempfile.TemporaryDirectory() as folder:
        command = [_program("node"), str(_HERE / "serve.js"), folder, BUCKET]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**_ENVIRONMENT, "NODE_PATH": str(modules)},
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            assert port, "s3rver did not start"
            yield f"http://127.0.0.1:{port}"
            server.stdin.close()


def _installed() -> Path:
    """The folder of its modules, filled by whichever process comes first."""
    name = f"s3rver-{hashlib.sha256(_LOCK_FILE.read_bytes()).hexdigest()[:16]}"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_CACHE / name).exists():
            _install(_CACHE / name)
    return _CACHE / name / "node_modules"


def _install(place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=_CACHE) as folder:
        unfinished = Path(folder, "unfinished")
        shutil.copytree(_HERE, unfinished)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run(
            [_program("npm"), "ci", *options],
            cwd=unfinished,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=FETCH_TIMEOUT,
            check=False,
        )
        if done.returncode:
            raise Lacking(f"s3rver cannot be fetched: {done.stderr.strip()[-200:]}")
        unfinished.replace(place)


def _program(name: str) -> str:
    found = shutil.which(name, path=_ENVIRONMENT.get("PATH"))
    if found is None:
        raise Lacking(f"s3rver needs {name}.")
    return found
