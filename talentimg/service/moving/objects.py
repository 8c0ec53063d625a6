"""Copies pictures from one store to another, each verified by the hash that is its name.

What is there already and whole is left alone, so a copy that was ended is gone on with by the next. Nothing
is removed anywhere. Syncs may go on beside it: what they store while it runs is looked for at its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from talentimg.errors import ObjectError
from talentimg.store.interface import NewObject
from talentimg.store.keys import object_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from talentimg.store.interface import ObjectStore

AT_ONCE: Final = 64
"""Objects that are held in memory at a time."""
MEDIA_TYPES: Final = {"webp": "image/webp", "jpg": "image/jpeg"}


@dataclass(slots=True)
class CopiedPictures:
    """Files that are in the other store now, and whole; how many were written, of how many bytes.

    `damaged` are files whose bytes are not those that their name says, which were left behind. `lacking` are
    files that the roster names and neither store has.
    """

    files: int = 0
    written: int = 0
    bytes: int = 0
    damaged: int = 0
    lacking: int = 0


class PictureCopy:
    """One copy of all pictures."""

    def __init__(
        self, source: ObjectStore, target: ObjectStore, named: Callable[[], Iterable[str]] = tuple
    ) -> None:
        """A copy from one store to another.

        Args:
            source: where the pictures are.
            target: where they are to be.
            named: the objects that the roster names, asked for when all others are copied.
        """
        self._source = source
        self._target = target
        self._named = named
        self.done = CopiedPictures()

    def run(self) -> Iterator[CopiedPictures]:
        """Copy; yields what was done so far.

        Raises:
            ConfigError: the other store cannot be written to.
            ObjectError: a store refused, or what was written to it came back as something else.
        """
        self._target.check()
        seen: set[int] = set()
        for keys in _chunks(one.key for one in self._source.listing()):
            seen.update(map(hash, keys))
            self._copy(keys)
            yield self.done
        for keys in _chunks(key for key in self._named() if hash(key) not in seen):
            self.done.lacking += self._copy(keys)
            yield self.done

    def _copy(self, keys: list[str]) -> int:
        """Copy some; returns how many are in neither store."""
        there = self._target.each(self._target.get, keys)
        missing = [key for key, data in zip(keys, there, strict=True) if not is_whole(key, data)]
        self.done.files += len(keys) - len(missing)
        found = self._source.each(self._source.get, missing)
        whole = {key: data for key, data in zip(missing, found, strict=True) if data and is_whole(key, data)}
        gone = sum(data is None for data in found)
        self.done.damaged += len(missing) - len(whole) - gone
        self._write(whole)
        return gone

    def _write(self, whole: dict[str, bytes]) -> None:
        self._target.put_all([new_object(key, data) for key, data in whole.items()])
        back = self._target.each(self._target.get, list(whole))
        for key, data in zip(whole, back, strict=True):
            if not is_whole(key, data):
                raise ObjectError(
                    f"The store does not give back what was written to it: {key}.",
                    hint="Look into what stands between, and say the same again: it goes on from there.",
                )
        self.done.files += len(whole)
        self.done.written += len(whole)
        self.done.bytes += sum(map(len, whole.values()))


def is_whole(key: str, data: bytes | None) -> bool:
    """Whether these are the bytes that an object's name says."""
    return data is not None and object_key(data, key.rpartition(".")[2]) == key


def new_object(key: str, data: bytes) -> NewObject:
    """An object as a store takes it."""
    return NewObject(key, data, MEDIA_TYPES.get(key.rpartition(".")[2], "application/octet-stream"))


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    left = iter(keys)
    while chunk := list(islice(left, AT_ONCE)):
        yield chunk
