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
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from typing import TYPE_CHECKING, Final

from talentimg.errors import CannotCreate, ObjectError, StoreUnavailable
from talentimg.owners import give, make_folders, whose
from talentimg.store.interface import PROBE, Held, Listed, NewObject, ObjectStore, not_as_written
from talentimg.store.keys import check_key, is_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from talentimg.errors import TalentimgError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_OURS: Final = frozenset({errno.EACCES, errno.EPERM})
_MAKE_ROOM: Final = "Make room, or raise the quota."
_NO_FOLDER_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems say that write folders through on their own, or not at all (CIFS, some of FUSE)."""


class FolderStore(ObjectStore):
    """Keeps objects as files. A folder stores no media type: the suffix implies it."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """A store in this folder; while there is none, it is empty."""
        self._folder = str(folder)
        self._read_only = read_only

    def create(self) -> None:
        """Make the folder if it is missing.

        Raises:
            CannotCreate: it cannot be made.
        """
        try:
            if not os.path.isdir(self._folder):
                make_folders(self._folder)
                _sync_folder(_folder_of(self._folder) or "/")
        except OSError:
            raise CannotCreate(
                f"The pictures folder {self._folder} cannot be created.",
                hint="Is there a file in its place, or is the right to write there missing?",
            ) from None

    def check(self) -> None:
        """Write a file and remove it, unless nothing may be written."""
        if self._read_only:
            return
        beside = f"{self._folder}/#{secrets.token_hex(4)}"
        try:
            make_folders(self._folder)
            _write_through(beside, PROBE)
        except OSError as error:
            raise self._unfit(error) from None
        finally:
            with suppress(OSError):
                os.unlink(beside)

    def is_made(self) -> bool:
        return os.path.isdir(self._folder)

    def probe(self) -> bool:
        """Write a file, read it and remove it, in the folder itself."""
        beside = f"{self._folder}/#{secrets.token_hex(4)}"
        try:
            _write_through(beside, PROBE)
            if _read(beside) != PROBE:
                raise not_as_written()
        except OSError as error:
            raise self._unfit(error) from None
        finally:
            with suppress(OSError):
                os.unlink(beside)
        return True

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        """Keep an object, and return when it is on the disk."""
        return self._put([NewObject(key, data, media_type)], anew=anew)

    def put_all(self, objects: Sequence[NewObject], *, anew: bool = False) -> None:
        """Keep objects. All are named before a folder is flushed: the first flush takes most along."""
        self._put(objects, anew=anew)

    def _put(self, objects: Sequence[NewObject], *, anew: bool) -> bool:
        """Whether anything was written."""
        named = [(self._path(one.key), one.data) for one in objects]
        try:
            missing = named if anew else [(path, data) for path, data in named if _read(path) != data]
            for path, data in missing:
                self._write(path, data)
            for folder in {_folder_of(path) for path, _ in named}:
                _sync_folder(folder)
        except OSError as error:
            raise self._trouble("written", error) from None
        return bool(missing)

    def _path(self, key: str) -> str:
        check_key(key)
        return f"{self._folder}/{key}"

    def _write(self, path: str, data: bytes) -> None:
        beside = f"{path}#{secrets.token_hex(4)}"
        try:
            self._write_beside(beside, data)
            os.replace(beside, path)  # whoever does the same just now has the same bytes
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(beside)
            raise

    def _write_beside(self, beside: str, data: bytes) -> None:
        try:
            _write_through(beside, data)
        except FileNotFoundError:  # the first object of its folder
            make_folders(_folder_of(beside))
            _sync_folder(self._folder)
            _write_through(beside, data)

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None."""
        path = self._path(key)
        try:
            return _read(path)
        except OSError as error:
            raise self._trouble("read", error) from None

    def find(self, key: str) -> Held | None:
        """How long the object is and when it was last changed, or None."""
        path = self._path(key)
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble("looked for", error) from None
        if not stat.S_ISREG(found.st_mode):
            raise self._trouble("looked for", IsADirectoryError())
        return Held(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        path = self._path(key)
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._trouble("removed", error) from None

    def listing(self, after: str = "") -> Iterator[Listed]:
        """All objects, a folder at a time."""
        for key, _ in self._files(after[:2]):
            if is_key(key) and key > after and (held := self.find(key)) is not None:
                yield Listed(key, held)

    def tidy(self, before: datetime) -> int:
        """Remove the files that killed processes did not get to name."""
        removed = 0
        for key, path in self._files():
            if is_key(key.partition("#")[0]) and "#" in key:
                removed += self._remove_if_older(path, before)
        return removed

    def _files(self, first: str = "") -> Iterator[tuple[str, str]]:
        """The name of every file in the folders of objects, with its path, in order; from this folder on."""
        for folder in self._names_in(self._folder):
            if len(folder) == len("ab") and folder >= first:
                for name in self._names_in(f"{self._folder}/{folder}"):
                    yield f"{folder}/{name}", f"{self._folder}/{folder}/{name}"

    def _names_in(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise self._trouble("looked for", error) from None

    def _remove_if_older(self, path: str, before: datetime) -> bool:
        try:
            if os.stat(path).st_mtime >= before.timestamp():
                return False
            os.unlink(path)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._trouble("removed", error) from None
        return True

    def _trouble(self, what: str, error: OSError) -> TalentimgError:
        if error.errno in _FULL:
            return ObjectError(f"A picture could not be {what}: {self._is_full}.", hint=_MAKE_ROOM)
        if os.path.exists(self._folder) and not os.access(self._folder, os.W_OK | os.X_OK):
            return self._not_writable()
        if error.errno in _NOT_OURS:
            return CannotCreate(
                f"A picture could not be {what}: something in {self._folder} belongs to another user.",
                hint=f"Give it to this one: sudo chown -R {os.geteuid()} {self._folder}",
            )
        return ObjectError(
            f"A picture could not be {what} in the folder {self._folder}.",
            hint="Is the disk well, and are these files its own?",
        )

    @property
    def _is_full(self) -> str:
        return f"the disk of the folder {self._folder} is full"

    def _unfit(self, error: OSError) -> TalentimgError:
        if error.errno in _FULL:
            return StoreUnavailable(f"Pictures cannot be kept: {self._is_full}.", hint=_MAKE_ROOM)
        return self._not_writable()

    def _not_writable(self) -> CannotCreate:
        return CannotCreate(
            f"The pictures folder {self._folder} cannot be written to.{whose(self._folder)}",
            hint="Give this user the right to write there, or choose another folder.",
        )


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _read(path: str) -> bytes | None:
    try:
        with FileIO(path) as file:
            return file.readall()
    except FileNotFoundError:
        return None


def _write_through(path: str, data: bytes) -> None:
    """A new file; its bytes are on the disk on return, its name may not be."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        give(handle, _folder_of(path))
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: str) -> None:
    """Put the names in a folder on the disk: `fsync` of a file need not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)
