"""A folder beside a file, in which that file is made or taken apart: one call at a time, and nothing stays.

A call that was killed leaves it behind. It has a fixed name, so the next call finds it and takes it away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from talentimg.errors import CannotCreate, StoreLocked
from talentimg.owners import make_folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """An empty folder that only its owner may look into, gone afterwards.

    Args:
        beside: the file that it is for.

    Raises:
        CannotCreate: it cannot be made.
        StoreLocked: another call works in it.
    """
    folder = beside.resolve().parent / f".{beside.name}.partial"
    try:
        make_folders(folder, 0o700)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        why = (error.strerror or "no access").lower()
        raise CannotCreate(
            f"{folder} cannot be made: {why}.", hint="Name a file in a folder that can be written to."
        ) from None
    try:
        _lock(handle, beside)
        _empty(folder)
        yield folder
        _empty(folder)
        folder.rmdir()
    except OSError as error:
        why = (error.strerror or "no access").lower()
        raise CannotCreate(
            f"{beside} cannot be written: {why}.", hint="Make room, or name another file."
        ) from None
    finally:
        os.close(handle)


def _lock(handle: int, beside: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreLocked(
            f"Another call is at work on {beside}.", hint="Try again when it is done."
        ) from None


def _empty(folder: Path) -> None:
    for one in folder.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()
