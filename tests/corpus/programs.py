"""Runs the encoders that are programs of the machine's."""

from __future__ import annotations

import shlex
import shutil
import subprocess

from tests.corpus.need import Lacking

TIMEOUT = 60


def run(command: str, debian: str) -> None:
    """Run an encoder, which has to succeed.

    Args:
        command: the program, or several of its names with `|` between them, and its options.
        debian: the Debian package that it is in.

    Raises:
        Lacking: the machine does not have it.
    """
    names, *options = shlex.split(command)
    path = next(filter(None, map(shutil.which, names.split("|"))), None)
    if path is None:
        raise Lacking(f"{names} is not installed: apt-get install {debian}")
    done = subprocess.run([path, *options], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr[-2000:]}"
