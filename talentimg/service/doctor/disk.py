"""The room on the disks of this machine that talentimg writes to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.service.doctor.interface import Check, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from talentimg.service.doctor.interface import Look

MB: Final = 1_000_000
LITTLE: Final = 256 * MB
NONE: Final = 16 * MB
FEW_FILES: Final = 1_000
"""A picture takes up to six files, and a file system may have room for no more although bytes are left."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is left on a disk for this user: bytes, and files (None where they are not counted)."""

    disk: int
    free: int
    files: int | None


def room_at(folder: Path) -> Room:
    """The room where a folder is, or would be made."""
    place = next(one for one in (folder, *folder.parents) if one.exists())
    found = os.statvfs(place)
    files = found.f_favail if found.f_files else None
    return Room(place.stat().st_dev, found.f_bavail * found.f_frsize, files)


class DiskCheck(Check):
    """Looks at each disk once."""

    name: ClassVar = "disk"
    title: ClassVar = "Disk"

    def __init__(self, folders: Sequence[Path], room: Callable[[Path], Room] = room_at) -> None:
        """Checks where these folders are.

        Args:
            folders: what is written to.
            room: tells what is left.
        """
        self._folders = folders
        self._room = room

    def look(self, look: Look) -> Iterator[Finding]:
        """Where there is too little room."""
        del look
        disks = {room.disk: (folder, room) for folder in self._folders for room in [self._room(folder)]}
        for folder, room in disks.values():
            yield _finding(folder, room)
        if not disks:
            yield Finding("Nothing is kept on this machine.", Severity.SKIPPED)


def _finding(folder: Path, room: Room) -> Finding:
    what = f"{_size(room.free)} are free where {folder} is."
    if room.free < NONE:
        return Finding(what, Severity.BROKEN, "Make room: nothing can be kept.")
    if room.free < LITTLE:
        return Finding(what, Severity.NEEDS_YOU, "Make room soon.")
    if room.files is not None and room.files < FEW_FILES:
        what = f"There is room for {room.files:,} more files only where {folder} is (df -i)."
        return Finding(what, Severity.NEEDS_YOU, "Remove small files there, or make the file system anew.")
    return Finding(what)


def _size(free: int) -> str:
    return f"{free / 1e9:,.1f} GB" if free >= 1e9 else f"{free // MB:,} MB"  # noqa: PLR2004  a gigabyte
