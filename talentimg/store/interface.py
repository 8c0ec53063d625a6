"""The port to where pictures are kept: content-addressed, so a put can safely be repeated."""

from __future__ import annotations

from abc import ABC, abstractmethod


class ObjectStore(ABC):
    """Keeps immutable objects by key. All methods are synchronous and may be called from threads."""

    @abstractmethod
    def put(self, key: str, data: bytes, media_type: str) -> bool:
        """Keep an object; one of that key that is already there is left alone if it is as long.

        A key is the hash of the bytes, so one of another length is damaged, and is replaced.

        Returns:
            Whether bytes were written.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """

    @abstractmethod
    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None if there is no such object.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether there is such an object.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; it is not an error if there is none.

        Raises:
            ObjectError: the store refused, or cannot be reached.
        """
