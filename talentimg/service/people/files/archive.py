"""The ZIP that `export` writes: a roster, the pictures that are shown, and those that a person chose."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from talentimg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

ROSTER: Final = "roster.json"
SHOWN: Final = "pictures"
CHOSEN: Final = "chosen"
"""The folder of the pictures that people chose, each in the best form that there is of it."""
MOST_BYTES: Final = 500_000_000
"""What the roster may become when it is unpacked."""
MOST_OF_A_PICTURE: Final = 50_000_000
PORTS: Final = tuple(f"{port}{number}" for port in ("com", "lpt") for number in range(10))
DEVICES: Final = frozenset(("con", "prn", "aux", "nul", *PORTS))
"""What no file may be called on Windows, whatever follows after a dot."""
LONGEST: Final = 150
"""A file's name is no longer than this; some systems take no more than 143 bytes."""


def file_name(folder: str, talent_id: str, suffix: str) -> str:
    """Where the picture of a talent stands, on every system and with nobody else there.

    No id leads out of the folder, whatever is in it. Two that differ by case alone are one name to some
    systems, and some names are devices to others.
    """
    name = quote(talent_id, safe="")
    if name[0] == "." or name.partition(".")[0].lower() in DEVICES:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > LONGEST:
        name = f"{name[:80]}~{_digest(talent_id)[:32]}"
    elif talent_id != talent_id.lower():
        name = f"{name}~{_digest(talent_id)[:8]}"
    return f"{folder}/{name}.{suffix}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def opened(data: bytes, name: str) -> zipfile.ZipFile | None:
    """A ZIP of ours; None if it is something else, such as a spreadsheet.

    Raises:
        UsageError: its roster would be too large.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        size = archive.getinfo(ROSTER).file_size
    except (zipfile.BadZipFile, KeyError, OSError, ValueError):
        return None
    if size > MOST_BYTES:
        raise UsageError(f"The roster in {name} is too large when unpacked.")
    return archive


def roster_in(archive: zipfile.ZipFile, name: str) -> bytes:
    """The roster of such a ZIP.

    Raises:
        UsageError: it is damaged.
    """
    data = _read(archive, (ROSTER,), MOST_BYTES)
    if data is None:
        raise UsageError(f"The roster in {name} is damaged.", hint="Copy or export the file anew.")
    return data


def picture_in(archive: zipfile.ZipFile, talent_id: str) -> bytes | None:
    """The picture that a person chose for a talent; None if it is not there, or cannot be read."""
    names = (file_name(CHOSEN, talent_id, suffix) for suffix in ("jpg", "webp"))
    return _read(archive, names, MOST_OF_A_PICTURE)


def _read(archive: zipfile.ZipFile, names: Iterable[str], most: int) -> bytes | None:
    known = set(archive.namelist())
    for name in names:
        if name in known:
            try:
                with archive.open(name) as file:  # what its header says of the size need not be true
                    data = file.read(most + 1)
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
                return None
            return data if len(data) <= most else None
    return None
