"""Python in processes of its own, for what only shows between processes."""

from __future__ import annotations

import subprocess
import sys

from tests.waiting import TIME_LIMIT


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a script; it may print, and must end well."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    """What it printed, once it has ended well."""
    with process:
        output, errors = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 0, errors
    return output


def run(script: str, *arguments: object) -> str:
    """Start and finish a script."""
    return finish(start(script, *arguments))
