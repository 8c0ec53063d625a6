"""One archive that holds a whole roster: a ZIP with the roster as a SQLite file, the pictures, and a list.

It is read with nothing but a program for ZIPs and one for SQLite. The list names how many rows and pictures
there are and the hash of the roster's file; a picture is named after its own.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass, field, fields
from typing import IO, TYPE_CHECKING, Any, Final

from talentimg.errors import StoreUnreadable
from talentimg.service.moving.objects import is_whole
from talentimg.store.keys import is_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIST: Final = "talentimg-backup.json"
ROSTER: Final = "roster.db"
PICTURES: Final = "pictures/"
FORMAT: Final = 1
_CHUNK: Final = 1 << 20
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
)
"""What the library raises of a ZIP that is none, is damaged, or is made as ours are not."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the list says: who made the archive and when, and what is in it.

    `missing` are files that the roster names and the store had not, or not whole. `rows` are by table.
    """

    made_at: str
    version: str
    schema: str
    has_secrets: bool
    roster_hash: str
    talents: int
    files: int
    missing: int
    rows: dict[str, int] = field(default_factory=dict)
    format: int = FORMAT


class Archive:
    """An archive that is read."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """An open file.

        Raises:
            StoreUnreadable: it is no archive of ours, or one of a newer version.
        """
        self._name = name
        try:
            self._zip = zipfile.ZipFile(file)
            self.contents = _contents(json.loads(self._zip.read(LIST)), name)
        except _BROKEN as error:
            raise StoreUnreadable(
                f"{name} is not a whole backup of talentimg.",
                hint="Name a file that `talentimg backup` wrote.",
            ) from error

    def pictures(self) -> Iterator[tuple[str, bytes]]:
        """Every picture, by its name in a store.

        Raises:
            StoreUnreadable: one is damaged, or has a name that no picture can have.
        """
        for info in self._zip.infolist():
            if info.filename.startswith(PICTURES):
                key = info.filename.removeprefix(PICTURES)
                data = self._read(info) if is_key(key) else b""
                if not is_key(key) or not is_whole(key, data):
                    raise self._damaged()
                yield key, data

    def unpack_roster(self, path: Path) -> None:
        """Write the roster's file, whose hash is compared.

        Raises:
            StoreUnreadable: it is damaged.
        """
        digest = hashlib.sha256()
        try:
            with self._zip.open(ROSTER) as source, path.open("wb") as file:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
        except _BROKEN as error:
            raise self._damaged() from error
        if digest.hexdigest() != self.contents.roster_hash:
            raise self._damaged()

    def _read(self, info: zipfile.ZipInfo) -> bytes:
        try:
            return self._zip.read(info)
        except _BROKEN as error:
            raise self._damaged() from error

    def check_files(self, found: int) -> None:
        """See that no picture is missing.

        Raises:
            StoreUnreadable: there is another number of them than the list says.
        """
        if found != self.contents.files:
            raise self._damaged()

    def _damaged(self) -> StoreUnreadable:
        return StoreUnreadable(
            f"{self._name} is damaged: what is in it is not what was written. Nothing was changed.",
            hint="Take another backup, or fetch this one again from where it was kept.",
        )


def write_list(archive: zipfile.ZipFile, contents: Contents) -> None:
    """Write the list, the last of all: an archive without it is none."""
    archive.writestr(LIST, json.dumps(asdict(contents), indent=2) + "\n", zipfile.ZIP_DEFLATED)


def sha256_of(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _contents(found: Any, name: str) -> Contents:  # noqa: ANN401  JSON of anybody's
    if int(found["format"]) > FORMAT:
        raise StoreUnreadable(
            f"{name} was written by a newer version of talentimg.", hint="Update talentimg."
        )
    return Contents(**{one.name: found[one.name] for one in fields(Contents)})
