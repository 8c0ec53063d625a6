"""The store of pictures: whether an object can be written, read and removed.

This is the one look that writes: an object of no meaning, which no row names and which it removes itself.
Otherwise nobody would know before the night whether pictures can be kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from talentimg.service.doctor.interface import Check, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.service.doctor.interface import Look
    from talentimg.store.interface import ObjectStore


class ProbeCheck(Check):
    """Puts a probe through the store."""

    name: ClassVar = "pictures_store"
    title: ClassVar = "Store of pictures"
    failure: ClassVar = Severity.BROKEN
    needs: ClassVar = ("settings",)

    def __init__(self, open_store: Callable[[], ObjectStore]) -> None:
        """Checks the store that this opens."""
        self._open = open_store

    def look(self, look: Look) -> Iterator[Finding]:
        """Whether it works; that nothing can be removed is no reason not to work."""
        del look
        store = self._open()
        if not store.is_made():
            yield Finding("There is none yet: the first picture makes it.", Severity.NOTE)
        elif store.probe():
            yield Finding("An object was written, read and removed.")
        else:
            yield Finding(
                "Objects can be written and read, but not removed: what is to be forgotten stays there.",
                Severity.NEEDS_YOU,
                "Give these credentials the right to delete objects (S3: s3:DeleteObject).",
            )
