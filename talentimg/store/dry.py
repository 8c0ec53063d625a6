"""An object store that reads from another one and writes nothing: for dry runs."""

from __future__ import annotations

from talentimg.store import open_store
from talentimg.store.interface import ObjectStore


def open_dry(url: str) -> DryObjectStore:
    """Open the object store that a URL names, to read from it and write nothing."""
    return DryObjectStore(open_store(url, make=False))


class DryObjectStore(ObjectStore):
    """Looks like the store that it reads from; of what is put, only the key is remembered."""

    def __init__(self, inner: ObjectStore) -> None:
        self._inner = inner
        self._put: set[str] = set()

    def put(self, key: str, data: bytes, media_type: str) -> bool:  # noqa: ARG002  nothing is written
        is_new = not self.exists(key)
        self._put.add(key)
        return is_new

    def get(self, key: str) -> bytes | None:
        return self._inner.get(key)

    def exists(self, key: str) -> bool:
        return key in self._put or self._inner.exists(key)

    def delete(self, key: str) -> None:
        """Nothing is removed."""
        self._put.discard(key)
