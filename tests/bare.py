"""A bare environment, as a fresh login or a runner has it, and what brings the product into one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NoReturn

import pytest

ROOT: Final = Path(__file__).parent.parent
UV: Final = ".uv/bin/uv"
PATH: Final = "/usr/local/bin:/usr/bin:/bin"


def environment(home: Path, *programs: Path) -> dict[str, str]:
    """What a fresh login has, and where this machine's package index and what came from it are."""
    kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_"))}
    kept.setdefault("UV_CACHE_DIR", str(_cache()))
    return kept | {"HOME": str(home), "LANG": "C.UTF-8", "PATH": ":".join([*map(str, programs), PATH])}


def uv() -> str:
    """Where uv is: that of the README, or the machine's."""
    own = ROOT / UV
    return str(own) if own.exists() else shutil.which("uv") or missing("uv")


def wheel(folder: Path) -> Path:
    """The product as pip installs it, built into a folder."""
    command = [uv(), "build", "--quiet", "--wheel", "--out-dir", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT)
    (made,) = folder.glob("*.whl")
    return made


def missing(program: str) -> NoReturn:
    """Skip the test for lack of a program, or fail it where CI runs."""
    if os.environ.get("CI"):
        pytest.fail(f"{program} is not installed here")
    pytest.skip(f"{program} is not installed here")


def _cache() -> Path:
    done = subprocess.run([uv(), "cache", "dir"], capture_output=True, text=True, check=True, cwd=ROOT)
    return Path(done.stdout.strip())
