"""An object store that reads from another one and writes nothing: for dry runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from talentimg.store import open_store
from talentimg.store.interface import Held, ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from talentimg.store.interface import Listed

A = TypeVar("A")
T = TypeVar("T")


def open_dry(url: str) -> DryObjectStore:
    """Open the object store that a URL names, to read from it and write nothing."""
    return DryObjectStore(open_store(url, make=False))


class DryObjectStore(ObjectStore):
    """Looks like the store that it reads from; of what is put, only the key and the length are remembered."""

    def __init__(self, inner: ObjectStore) -> None:
        self._inner = inner
        self._put: dict[str, Held] = {}

    def check(self) -> None:
        """The store that is read from was opened to write nothing, and so its check only looks."""
        self._inner.check()

    def is_made(self) -> bool:
        return self._inner.is_made()

    def probe(self) -> bool:
        """The one write of a look: see `service.doctor.probe`."""
        return self._inner.probe()

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:  # noqa: ARG002
        """Nothing is written."""
        held = self.find(key)
        if not anew and held is not None and held.size == len(data):
            return False
        self._put[key] = Held(len(data), datetime.now(UTC))
        return True

    def get(self, key: str) -> bytes | None:
        return self._inner.get(key)

    def find(self, key: str) -> Held | None:
        return self._put.get(key) or self._inner.find(key)

    def each(self, ask: Callable[[A], T], of: Sequence[A]) -> list[T]:
        return self._inner.each(ask, of)

    def delete(self, key: str) -> None:
        """Nothing is removed."""
        self._put.pop(key, None)

    def listing(self, after: str = "") -> Iterator[Listed]:
        return self._inner.listing(after)
