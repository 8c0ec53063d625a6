"""The lock of a roster run, beside a SQLite file.

The kernel frees it when its holder ends, however that ends: no process id is written down that could
belong to somebody else by then. https://man7.org/linux/man-pages/man2/flock.2.html
"""

from __future__ import annotations

import fcntl
import os
from threading import Lock
from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate

if TYPE_CHECKING:
    from pathlib import Path


class RunLock:
    """The lock of one roster, as one repository sees it."""

    def __init__(self, roster: Path) -> None:
        # As SQLite itself names what it keeps beside the file: whichever link led to it, it is one roster.
        real = roster.resolve()
        self._path = real.with_name(f"{real.name}.lock")
        self._lock = Lock()
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take it, if nobody has it; True also if it is ours already.

        Raises:
            CannotCreate: the file that is locked cannot be made or opened, or not be locked where it is.
        """
        with self._lock:
            if self._file is None:
                self._file = self._acquired()
            return self._file is not None

    def _acquired(self) -> int | None:
        try:
            # Never deleted: whoever has it open would hold the lock of a file that nobody else finds.
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BaseException:
                os.close(file)
                raise
        except BlockingIOError:
            return None
        except OSError as error:
            raise CannotCreate(
                f"The lock of a run cannot be made at {self._path}.",
                hint="Check that you may write to the file, if it is there, and to its folder.",
            ) from error
        return file

    def release(self) -> None:
        """Let go of it, if it is ours."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                # By word, and not by closing alone: a forked process would still have it open.
                fcntl.flock(file, fcntl.LOCK_UN)
                os.close(file)
