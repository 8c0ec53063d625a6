"""The forms of a picture as objects: those to be kept, and whether those that are there are what was kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.store.interface import NewObject
from talentimg.store.keys import object_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from talentimg.models import Picture
    from talentimg.store.interface import ObjectStore

CLOCK_SKEW: Final = timedelta(minutes=15)
"""How far the store's clock may differ from ours. S3 refuses requests that differ by more."""


def new_objects(picture: Picture, made: Mapping[str, bytes]) -> list[NewObject]:
    """What is to be kept of a picture, each object once: a small picture has several forms of the same bytes.

    Args:
        picture: the row.
        made: the bytes of the forms that were made, by key. The others are there already.
    """
    forms = {form.key: form for form in picture.renditions if form.key in made}
    return [NewObject(key, made[key], form.media_type) for key, form in forms.items()]


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
    forms = picture.renditions
    held = store.each(store.find, [form.key for form in forms])
    if any(found is None or found.size != form.size for found, form in zip(held, forms, strict=True)):
        return False
    trusted_until = seen_at - CLOCK_SKEW
    doubtful = [
        form.key
        for found, form in zip(held, forms, strict=True)
        if found is not None and found.changed_at >= trusted_until
    ]
    data = store.each(store.get, doubtful)
    return all(_is_named_after(key, bytes_) for key, bytes_ in zip(doubtful, data, strict=True))


def whole_forms(store: ObjectStore, picture: Picture) -> dict[str, bytes]:
    """The bytes of every form that is there and undamaged, by its name. All of them are read.

    Raises:
        ObjectError: the store refused, or cannot be reached.
    """
    data = store.each(store.get, [form.key for form in picture.renditions])
    read = zip(picture.renditions, data, strict=True)
    return {form.name: found for form, found in read if found and _is_named_after(form.key, found)}


def _is_named_after(key: str, data: bytes | None) -> bool:
    return data is not None and object_key(data, key.rpartition(".")[2]) == key
