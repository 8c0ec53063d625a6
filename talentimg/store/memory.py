"""An object store that lasts as long as the process, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from talentimg.store.interface import Held, Listed, ObjectStore
from talentimg.store.keys import check_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class MemoryObjectStore(ObjectStore):
    """Keeps objects in a dictionary."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now or _utc_now
        self._objects: dict[str, tuple[bytes, Held]] = {}
        self._lock = Lock()

    def check(self) -> None:
        """It always works."""

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:  # noqa: ARG002
        """Keep an object unless it is there, and the same."""
        check_key(key)
        with self._lock:
            if not anew and self._bytes(key) == data:
                return False
            self._objects[key] = bytes(data), Held(len(data), self._now())
            return True

    def _bytes(self, key: str) -> bytes | None:
        return self._objects[key][0] if key in self._objects else None

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None."""
        check_key(key)
        with self._lock:
            return self._bytes(key)

    def find(self, key: str) -> Held | None:
        """How long the object is and when it was last changed, or None."""
        check_key(key)
        with self._lock:
            return self._objects[key][1] if key in self._objects else None

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        with self._lock:
            self._objects.pop(key, None)

    def listing(self, after: str = "") -> Iterator[Listed]:
        """All of them, in the order of their keys."""
        with self._lock:
            found = sorted((key, held) for key, (_, held) in self._objects.items() if key > after)
        return (Listed(*one) for one in found)


def _utc_now() -> datetime:
    return datetime.now(UTC)
