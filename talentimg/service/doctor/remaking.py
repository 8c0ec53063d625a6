"""Makes lost forms of pictures anew from the best one that is left."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from talentimg.errors import ObjectError, PictureError
from talentimg.service.doctor.interface import counted
from talentimg.service.lookup.mending import mend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from talentimg.models import Picture
    from talentimg.repository.interface import Repository
    from talentimg.service.doctor.interface import Look
    from talentimg.store.interface import ObjectStore

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing counts as known to be whole since then, so that every form is read."""


class Remake(Protocol):
    """Makes lost forms."""

    def __call__(self, pictures: Sequence[Picture], look: Look, /) -> Iterator[str]:
        """Make those of these pictures, and say in a sentence what came of it."""


class Remaking:
    """Mends as a look does at what its source does not give."""

    def __init__(
        self,
        repository: Callable[[], Repository],
        store: Callable[[], ObjectStore],
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._store = store
        self._now = now

    def __call__(self, pictures: Sequence[Picture], look: Look, /) -> Iterator[str]:
        """Mend each, as long as there is time."""
        made = sum(self._mended(picture) for picture in pictures if look.has_time())
        if made:
            yield f"The forms of {counted(made, 'picture', 'pictures')} were made anew from another one."

    def _mended(self, picture: Picture) -> bool:
        hash_, store, repository = picture.content_hash, self._store(), self._repository()
        try:
            return asyncio.run(mend(hash_, store, repository, self._now(), seen_at=LONG_AGO))
        except (ObjectError, PictureError):
            return False
