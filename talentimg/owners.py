"""Whose files are: what root makes in somebody's folder is given to them, and whose a file is can be told.

One `sudo talentimg ...` would else leave files that the user's own crontab can never write again. SQLite does
the same for the files that it makes beside a database. Everything goes through open files, so that nobody who
exchanges a name meanwhile is given something else.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from talentimg.errors import CannotCreate

_ON_THIS_MACHINE: Final = re.compile(r"(?:file://(?:localhost)?|sqlite:///)(/.+)")


def give(handle: int, beside: str | Path) -> None:
    """Give an open file that this process has just made to the owner of what it belongs to.

    Args:
        handle: the file.
        beside: the folder that it lies in, or the file that it is made for.
    """
    if os.geteuid() != 0:
        return
    with suppress(OSError):  # a file system without owners, or root without its powers
        owner = Path(beside).stat()
        if owner.st_uid != 0:
            os.fchown(handle, owner.st_uid, owner.st_gid)


def make_folders(folder: str | Path, mode: int = 0o777) -> None:
    """Make a folder and those above it, as far as they are missing.

    Args:
        folder: its path.
        mode: who may do what with it; those above it are as the user's mask has them.

    Raises:
        OSError: one of them cannot be made.
    """
    path = Path(folder)
    if path.is_dir():
        return
    make_folders(path.parent)
    with suppress(FileExistsError):  # somebody else was faster
        path.mkdir(mode)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            give(handle, path.parent)
        finally:
            os.close(handle)
    if not path.is_dir():
        raise NotADirectoryError


def check_writable(url: str) -> None:
    """See whether what an address names on this machine, and the folder that it lies in, can be written to.

    Raises:
        CannotCreate: it is there, and it cannot.
    """
    match = _ON_THIS_MACHINE.match(url)
    for place in (Path(match[1]), Path(match[1]).parent) if match else ():
        if place.exists() and not os.access(place, os.W_OK):
            raise CannotCreate(
                f"{place} cannot be written to.{whose(place)}",
                hint="Give this user the right to write there.",
            )


def whose(path: str | Path) -> str:
    """The end of a message: to whom a file belongs, if that is somebody else; otherwise nothing."""
    try:
        owner = Path(path).stat().st_uid
    except OSError:
        return ""
    return "" if owner == os.geteuid() else f" It belongs to {_name_of(owner)}."


def _name_of(user: int) -> str:
    import pwd  # noqa: PLC0415  only when something is wrong: start-up time

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"the user {user}"
