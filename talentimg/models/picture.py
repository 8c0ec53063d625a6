"""A picture of which we have our own copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime


MASTER = "master"
"""The rendition that is the whole of a picture: of one that is not square, or that a person has brought.

Another square can be cut from it. What a person has brought is kept in it without loss.
"""
LOSSLESS: Final = "image/webp"
"""The media type of a master without loss; others are JPEGs."""


@dataclass(frozen=True, slots=True)
class Part:
    """A square that a person has marked, in the pixels of the upright picture from its top left."""

    x: int
    y: int
    side: int

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.side}"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One stored form of a picture. `key` names its bytes in the object store.

    `side` is the edge length in pixels. All are square but the master, of which it is the longer edge.
    """

    name: str
    key: str
    side: int
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked picture of which we have our own copy.

    `content_hash` is the SHA-256 (hex) of its largest WebP rendition and the
    name by which everything refers to it; `source_hash` is that of the bytes
    from which it was made: the platform's, or those of one of its own forms
    (see `is_remade`). `faces` is how many faces were found, None if nobody
    looked; `crop` names the rule that cut its square, None if no rule had a
    name then; `likeness` tells what it looks like (see `models.likeness`),
    None if that cannot be told.
    """

    content_hash: str
    source_hash: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]
    created_at: datetime
    faces: int | None = None
    crop: str | None = None
    likeness: str | None = None

    @property
    def shown(self) -> Rendition:
        """The form that is shown, whose hash is the content hash: the largest WebP."""
        return self.renditions[0]

    @property
    def master(self) -> Rendition | None:
        """The whole of it, if its master was kept."""
        return next((rendition for rendition in self.renditions if rendition.name == MASTER), None)

    @property
    def is_lossless(self) -> bool:
        """Whether it can be made again from its master, all forms the same."""
        return self.master is not None and self.master.media_type == LOSSLESS

    @property
    def is_remade(self) -> bool:
        """Whether it was made of one of its own forms, which may be small, as the original was not to be had.

        So it is no copy of what a source gave, and makes way for one as soon as there is one again.
        """
        lossy = (form for form in self.renditions if not (form.name == MASTER and self.is_lossless))
        return any(self.source_hash in form.key for form in lossy)

    def rendition(self, name: str) -> Rendition:
        """The rendition with this name, for example `webp-400`.

        Raises:
            KeyError: there is no such rendition.
        """
        for rendition in self.renditions:
            if rendition.name == name:
                return rendition
        raise KeyError(name)
