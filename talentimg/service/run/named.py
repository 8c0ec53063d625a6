"""Which objects pictures name, in little memory: read once, to be asked about every object that is listed."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PARTS: Final = 256
"""Each part is put in order alone, so that no more than one of them is ever held as a list of numbers."""


class NamedObjects:
    """The keys of objects as sorted numbers of 64 bits: 8 bytes a key, 50 MB for a million pictures.

    An object that nobody names stays if its number is that of one that is named: beside a million pictures,
    one in a million million. One that is named is never missed.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        """Take all of them, one after the other."""
        parts = [array("Q") for _ in range(PARTS)]
        for key in keys:
            number = _number(key)
            parts[number % PARTS].append(number)
        for place, part in enumerate(parts):
            parts[place] = array("Q", sorted(part))
        self._parts = parts

    def __contains__(self, key: str) -> bool:
        """Whether a picture names it; also, very rarely, if none does."""
        number = _number(key)
        part = self._parts[number % PARTS]
        place = bisect_left(part, number)
        return place < len(part) and part[place] == number

    @property
    def bytes_held(self) -> int:
        """What they take in memory."""
        return sum(len(part) * part.itemsize for part in self._parts)


def _number(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little")
