"""The port to where pictures are kept: content-addressed, so a put can safely be repeated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from talentimg.errors import StoreUnavailable
from talentimg.store.keys import object_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime


A = TypeVar("A")
T = TypeVar("T")

PROBE: Final = b"Written by talentimg to see whether pictures can be kept here.\n"
"""What a check writes."""


def not_as_written() -> StoreUnavailable:
    """The error of a store that gives back something else than it was given."""
    return StoreUnavailable(
        "Pictures cannot be kept: what was written is not what is read.", hint="Is the store well?"
    )


class Held(NamedTuple):
    """What the store itself knows about an object: its length, and when it was last written."""

    size: int
    changed_at: datetime


class Listed(NamedTuple):
    """An object as the store lists it."""

    key: str
    held: Held


class NewObject(NamedTuple):
    """What is to be kept: its name, its bytes, and their type where the store keeps one."""

    key: str
    data: bytes
    media_type: str


class ObjectStore(ABC):
    """Keeps immutable objects by key. All methods are synchronous and may be called from threads.

    A store that keeps failing is not waited for again and again: after some failures in a row, every method
    may raise `StoreUnavailable` at once.
    """

    @abstractmethod
    def check(self) -> None:
        """Find out whether pictures can be kept, before anything is done that needs it.

        Raises:
            ConfigError: it takes other settings.
            CannotCreate: the folder cannot be written to.
            StoreUnavailable: the store does not answer, or is in trouble.
        """

    def is_made(self) -> bool:
        """Whether it is there: a folder is made with the first object, and a bucket by somebody else."""
        return True

    def probe(self) -> bool:
        """Write an object of no meaning, which no row names, read it, and remove it.

        Returns:
            Whether it is gone again: False where objects may be written and not removed.

        Raises:
            TalentimgError: as `check` does.
        """
        key = object_key(PROBE, "probe")
        self.put(key, PROBE, "text/plain")
        if self.get(key) != PROBE:
            raise not_as_written()
        self.delete(key)
        return True

    @property
    def is_failing(self) -> bool:
        """Whether it failed when it was last read from, as far as this process knows. Nothing is asked."""
        return False

    @abstractmethod
    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        """Keep an object; it is durable on return, and may be named in a row.

        A key is the hash of the bytes. One that is there with other bytes is damaged, and is replaced.

        Args:
            key: its name.
            data: its bytes.
            media_type: their type, where the store keeps one.
            anew: whether it is written even if it is there already.

        Returns:
            Whether bytes were written.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """

    def put_all(self, objects: Sequence[NewObject], *, anew: bool = False) -> None:
        """Keep several objects; all of them are durable on return. If that fails, some may have been kept.

        Args:
            objects: those of one picture, for example.
            anew: whether they are written even if they are there already.

        Raises:
            ObjectError: the store refused one of them, or cannot be reached.
        """
        self.each(lambda one: self.put(*one, anew=anew), objects)

    @abstractmethod
    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None if there is no such object.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """

    @abstractmethod
    def find(self, key: str) -> Held | None:
        """What the store knows about an object, without reading it; None if there is no such object.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """

    def exists(self, key: str) -> bool:
        """Whether there is such an object, in whatever state.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """
        return self.find(key) is not None

    def each(self, ask: Callable[[A], T], of: Sequence[A]) -> list[T]:
        """Ask the same of several objects, in their order; where the store is far away, all at once.

        Args:
            ask: a method of this store, such as `find` or `get`.
            of: the keys, or whatever else it takes.
        """
        return [ask(one) for one in of]

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; it is not an error if there is none.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """

    @abstractmethod
    def listing(self, after: str = "") -> Iterator[Listed]:
        """All objects of ours in the order of their keys, read as they are taken.

        Anything else is passed over. What is written or removed meanwhile may be among them or not.

        Args:
            after: the key after which to begin.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """

    def tidy(self, before: datetime) -> int:
        """Remove what writes that were interrupted before then left behind; returns how much that was.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """
        del before
        return 0
