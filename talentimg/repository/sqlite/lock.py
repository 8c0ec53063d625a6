"""The lock of a roster run on SQLite: a file beside the roster.

The kernel releases it when its holder ends for whatever reason, so there is no process id to write
down that another process could have by then. https://man7.org/linux/man-pages/man2/flock.2.html
"""

from __future__ import annotations

import fcntl
import os
from threading import Lock
from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate
from talentimg.owners import give, whose

if TYPE_CHECKING:
    from pathlib import Path


class RunLock:
    """The run lock of a SQLite file."""

    def __init__(self, roster: Path) -> None:
        # Beside the real file, where SQLite keeps its own files: links to one roster share its lock.
        self._roster = roster.resolve()
        self._path = self._roster.with_name(f"{self._roster.name}.lock")
        self._lock = Lock()
        self._file: int | None = None

    def acquire(self) -> bool:
        """Acquire it if it is free; True also if it is already ours.

        Raises:
            CannotCreate: the lock file cannot be made, opened or locked.
        """
        with self._lock:
            if self._file is None:
                self._file = self._acquired()
            return self._file is not None

    def _acquired(self) -> int | None:
        try:
            # Never deleted, or a process that has it open would lock a file that no other one can find.
            file = self._opened()
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BaseException:
                os.close(file)
                raise
        except BlockingIOError:
            return None
        except OSError as error:
            raise CannotCreate(
                f"The run lock cannot be created at {self._path}.{whose(str(self._path))}",
                hint="Check that you may write to the file, if it exists, and to its folder.",
            ) from error
        return file

    def _opened(self) -> int:
        """The file, which is given to the roster's owner by whoever makes it."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        give(file, self._roster if self._roster.exists() else self._roster.parent)
        return file

    def release(self) -> None:
        """Release it, if it is ours."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                # Explicitly, as a forked process may still have the file open.
                fcntl.flock(file, fcntl.LOCK_UN)
                os.close(file)
