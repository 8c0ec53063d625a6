"""Pictures in a folder: every object is a file, on the disk before its `put` returns.

An object is written to `<name>#<random>`, flushed to the disk and only then given its name, so that nobody
ever finds half an object, not even after a power cut; a killed process leaves behind at most a `#` file that
nobody reads.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from talentimg.errors import CannotCreate, ObjectError, StoreUnavailable
from talentimg.store.interface import PROBE, Held, ObjectStore
from talentimg.store.keys import check_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What file systems say that write folders through on their own, or not at all (CIFS, some of FUSE)."""


class FolderStore(ObjectStore):
    """Keeps objects as files. A folder stores no media type: the suffix implies it."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """A store in this folder; while there is none, it is empty."""
        self._folder = folder
        self._read_only = read_only

    def create(self) -> None:
        """Make the folder if it is missing.

        Raises:
            CannotCreate: it cannot be made.
        """
        try:
            if not self._folder.is_dir():
                self._folder.mkdir(parents=True, exist_ok=True)
                _sync_folder(self._folder.parent)
        except OSError:
            raise CannotCreate(
                f"The pictures folder {self._folder} cannot be created.",
                hint="Is there a file in its place, or is the right to write there missing?",
            ) from None

    def check(self) -> None:
        """Write a file and remove it, unless nothing may be written."""
        if self._read_only:
            return
        beside = self._folder / f"#{secrets.token_hex(4)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_through(beside, PROBE)
        except OSError as error:
            if error.errno in _FULL:
                raise self._full() from None
            raise self._not_writable() from None
        finally:
            with suppress(OSError):
                beside.unlink()

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:  # noqa: ARG002
        """Keep an object, and return when it is on the disk."""
        check_key(key)
        path = self._folder / key
        with self._errors("written"):
            is_new = (anew or not _holds(path, data)) and self._write(path, data, anew=anew)
            _sync_folder(path.parent)
        return is_new

    def _write(self, path: Path, data: bytes, *, anew: bool) -> bool:
        self._make_folder(path.parent)
        beside = path.with_name(f"{path.name}#{secrets.token_hex(4)}")
        try:
            _write_through(beside, data)
            return _give_name(beside, path, data, anew=anew)
        finally:
            beside.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder)

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None."""
        check_key(key)
        with self._errors("read"):
            return _read(self._folder / key)

    def find(self, key: str) -> Held | None:
        """How long the object is and when it was last changed, or None."""
        check_key(key)
        with self._errors("looked for"):
            try:
                found = (self._folder / key).stat()
            except FileNotFoundError:
                return None
            if not stat.S_ISREG(found.st_mode):
                raise OSError
            return Held(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        with self._errors("removed"):
            (self._folder / key).unlink(missing_ok=True)

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError:
            if self._folder.exists() and not os.access(self._folder, os.W_OK | os.X_OK):
                raise self._not_writable() from None
            raise ObjectError(
                f"A picture could not be {what} in the folder {self._folder}.",
                hint="Is there any space left, and are these files its own?",
            ) from None

    def _full(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"Pictures cannot be kept: the disk of the folder {self._folder} is full.",
            hint="Make room, or raise the quota.",
        )

    def _not_writable(self) -> CannotCreate:
        return CannotCreate(
            f"The pictures folder {self._folder} cannot be written to.",
            hint="Give this user the right to write there, or choose another folder.",
        )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _holds(path: Path, data: bytes) -> bool:
    return _read(path) == data


def _write_through(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _give_name(beside: Path, path: Path, data: bytes, *, anew: bool) -> bool:
    """Whether it was we who wrote the object, and not somebody at the same time."""
    if not anew:
        try:
            os.link(beside, path)
        except FileExistsError:
            if _holds(path, data):
                return False
        else:
            return True
    beside.replace(path)
    return True


def _sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk: `fsync` of a file need not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)
