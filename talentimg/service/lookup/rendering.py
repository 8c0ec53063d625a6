"""Bytes made into a picture of ours, the one way for all that bring some."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from talentimg.store.keys import key_of

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.images.faces import FaceFinder
    from talentimg.images.renditions import Rendered
    from talentimg.models import Part


def hash_of(body: bytes, part: Part | None = None) -> str:
    """The hash by which bytes are known that a source gave; a part of them is known by another."""
    digest = hashlib.sha256(body)
    return hashlib.sha256(f"{digest.hexdigest()} {part}".encode()).hexdigest() if part else digest.hexdigest()


def render(
    body: bytes,
    now: datetime,
    find_faces: FaceFinder | None,
    source_hash: str | None = None,
    part: Part | None = None,
    *,
    lossless: bool = False,
) -> Rendered:
    """Decode, check and cut a picture: its row with the bytes of its forms.

    Args:
        body: the bytes.
        now: the creation time of its row.
        find_faces: who looks where the faces are, if anybody does.
        source_hash: the hash of these bytes, if it is known already.
        part: the square that a person has marked, if one has.
        lossless: whether it is kept so that it can be made again from its master, all forms the same.

    Raises:
        PictureError: it is not one that we show.
    """
    from talentimg.images.renditions import make_picture  # noqa: PLC0415  Pillow: only for new pictures

    known = source_hash or hash_of(body, part)
    return make_picture(
        body,
        source_hash=known,
        now=now,
        key_for=key_of,
        find_faces=find_faces,
        part=part,
        lossless=lossless,
    )
