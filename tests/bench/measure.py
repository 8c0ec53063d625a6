"""One command as a process of its own: its time, CPU and peak memory."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import IO, TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]
"""Where commands are started, so that `python -m tests...` works."""
POLL_S: Final = 0.02
PEAK: Final = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
TOLD: Final = 2000
"""Characters of a failed command's errors that are shown."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a command took, and the last line that it printed."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    last_line: str


def measured(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run a command, which has to succeed."""
    with tempfile.TemporaryFile() as errors:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdout is not None
        try:
            with process.stdout as output, _Peak(process.pid) as peak:
                last_line = _last(output)
                _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed with {process.returncode}:\n{_end_of(errors)}")
    # `ru_maxrss` is only the second choice: the kernel counts into it what this process, from which the
    # command was forked, held at that moment. (The time from one poll to the end is missed, though.)
    kib = peak.kib or usage.ru_maxrss
    return Run(wall, usage.ru_utime + usage.ru_stime, kib / 1024, last_line)


class _Peak:
    """Watches a process's high-water mark of resident memory, which goes when the process does."""

    def __init__(self, pid: int) -> None:
        self.kib = 0
        self._status = Path(f"/proc/{pid}/status")
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(POLL_S):
            try:
                found = PEAK.search(self._status.read_text(encoding="utf-8"))
            except OSError:  # over, or not Linux
                return
            if found:
                self.kib = int(found[1])


def _last(lines: Iterable[bytes]) -> str:
    """The last line; the others are not kept."""
    line = b""
    for line in lines:  # noqa: B007  the last one is what is wanted
        pass
    return line.decode()


def _end_of(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode(errors="replace")[-TOLD:]
