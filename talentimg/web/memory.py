"""Bytes and facts that are asked for again and again, kept for a while in this process."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """What was used last, up to a total weight. For one thread."""

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        """Holds values that together weigh at most so much; one that alone weighs more is not held."""
        self._most = most
        self._weigh = weigh
        self._weight = 0
        self._held: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, if it is held."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: K, value: V) -> None:
        """Hold a value, and let go of those that were not used for the longest time."""
        self.drop(key)
        self._held[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._most:
            _, oldest = self._held.popitem(last=False)
            self._weight -= self._weigh(oldest)

    def drop(self, key: K) -> None:
        """Let go of a value."""
        if key in self._held:
            self._weight -= self._weigh(self._held.pop(key))

    def clear(self) -> None:
        """Let go of everything."""
        self._held.clear()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._held)
