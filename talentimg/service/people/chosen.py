"""Pictures that a person chose elsewhere and that come with an import: checked like any other, and kept."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

from talentimg.errors import PictureError
from talentimg.store.forms import new_objects
from talentimg.store.keys import key_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.images.faces import FaceFinder
    from talentimg.models import Picture
    from talentimg.store.interface import ObjectStore

KeepChosen: TypeAlias = "Callable[[bytes], Picture | None]"
"""Keeps a picture, before any row speaks of it; None if it is none that we show."""


def keep_chosen(
    data: bytes, store: ObjectStore, now: Callable[[], datetime], find_faces: FaceFinder | None
) -> Picture | None:
    """Keep a picture.

    Args:
        data: its bytes.
        store: where its forms go.
        now: the clock.
        find_faces: who looks where the faces are, if anybody does.

    Raises:
        ObjectError: the store refused.
    """
    from talentimg.images.renditions import make_picture  # noqa: PLC0415  Pillow: only to make pictures

    digest = hashlib.sha256(data).hexdigest()
    try:
        made = make_picture(data, source_hash=digest, now=now(), key_for=key_of, find_faces=find_faces)
    except PictureError:
        return None
    store.put_all(new_objects(made.picture, made.objects))
    return made.picture
