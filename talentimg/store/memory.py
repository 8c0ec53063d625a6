"""An object store that lasts as long as the process, for tests."""

from __future__ import annotations

from threading import Lock

from talentimg.store.interface import ObjectStore
from talentimg.store.keys import check_key


class MemoryObjectStore(ObjectStore):
    """Keeps objects in a dictionary."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._lock = Lock()

    def put(self, key: str, data: bytes, media_type: str) -> bool:  # noqa: ARG002  nobody reads it back
        """Keep an object unless it is there, and as long."""
        check_key(key)
        with self._lock:
            held = self._objects.get(key)
            if held is not None and len(held) == len(data):
                return False
            self._objects[key] = bytes(data)
            return True

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None."""
        check_key(key)
        return self._objects.get(key)

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        check_key(key)
        return key in self._objects

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        with self._lock:
            self._objects.pop(key, None)
