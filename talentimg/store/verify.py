"""Whether what is stored of a picture is what its row says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.store.keys import object_key

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Picture, Rendition
    from talentimg.store.interface import ObjectStore

CLOCK_SKEW: Final = timedelta(minutes=15)
"""How far the store's clock may differ from ours. S3 refuses requests that differ by more."""


def is_whole(store: ObjectStore, picture: Picture, *, seen_at: datetime) -> bool:
    """Whether every form of a picture is there, and undamaged.

    A form of another length than its row says is damaged. One of the right length is read, and its hash
    compared with its name, only if it was written since it was last seen.

    Args:
        store: where it is.
        picture: the row.
        seen_at: when all of it was last known to be whole.

    Raises:
        ObjectError: the store refused, or cannot be reached.
    """
    return all(_is_whole(store, form, seen_at - CLOCK_SKEW) for form in picture.renditions)


def _is_whole(store: ObjectStore, form: Rendition, trusted_until: datetime) -> bool:
    held = store.find(form.key)
    if held is None or held.size != form.size:
        return False
    if held.changed_at < trusted_until:
        return True
    data = store.get(form.key)
    return data is not None and object_key(data, form.key.rpartition(".")[2]) == form.key
