"""What is shown although its source no longer gives it is made whole from what is left of it.

Whatever a source gives is fetched again when our copy of it is damaged. But behind a placeholder, an account
that went to somebody else or a platform that is away, there is nobody to fetch it from. What is made here is
shown until the source gives its picture again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.service.decision.versions import BY_MENDING
from talentimg.service.threads import in_thread, run_cpu_bound
from talentimg.store.forms import is_whole, new_objects, whole_forms
from talentimg.store.keys import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from talentimg.images.renditions import Rendered
    from talentimg.models import Picture
    from talentimg.repository.interface import Results
    from talentimg.store.interface import ObjectStore

MADE_ANEW: Final = "The same picture, made anew from another form of it: its file was lost or damaged."
_TICK: Final = timedelta(milliseconds=1)


async def mend(
    content_hash: str, store: ObjectStore, repository: Results, now: datetime, *, seen_at: datetime | None
) -> bool:
    """Make the forms of a stored picture that are lost or damaged from the best one that is left.

    Args:
        content_hash: the picture.
        store: where its forms are.
        repository: where its row is, and whose it is.
        now: the time in the history.
        seen_at: when all of it was last known to be whole, if that is known.

    Returns:
        Whether anything was made anew: whoever has read of this picture before has to read again.

    Raises:
        ObjectError: the store refused, or cannot be reached.
        PictureError: what is left cannot be read.
    """
    old = await in_thread(repository.picture, content_hash)
    if old is None or await in_thread(_is_whole, store, old, seen_at):
        return False
    left = await in_thread(whole_forms, store, old)
    if not left:
        return False
    rendered = await run_cpu_bound(_remade, old, left)
    await in_thread(store.put_all, new_objects(rendered.picture, rendered.objects), anew=True)
    new = replace(rendered.picture, created_at=await in_thread(made_at, repository, rendered.picture))
    return bool(await in_thread(repository.recut, old, new, now, why=MADE_ANEW, by=BY_MENDING))


def made_at(repository: Results, picture: Picture) -> datetime:
    """A moment after the last picture made of the same bytes, so that this one counts as the last.

    Not now: the bytes are no newer than before, and whoever asks when they were first seen asks for this.
    """
    last = repository.pictures_by_source([picture.source_hash]).get(picture.source_hash, picture)
    return last.created_at if last.content_hash == picture.content_hash else last.created_at + _TICK


def _is_whole(store: ObjectStore, picture: Picture, seen_at: datetime | None) -> bool:
    return is_whole(store, picture, seen_at=seen_at or picture.created_at)


def _remade(picture: Picture, left: Mapping[str, bytes]) -> Rendered:
    from talentimg.images.renditions import remade_picture  # noqa: PLC0415  Pillow: only to make pictures

    return remade_picture(picture, left, key_for=key_of)
