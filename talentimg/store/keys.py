"""What an object is called: its key in the store, and its public address."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import quote

from talentimg.errors import ObjectError

SHOWN: Final = "webp"
"""The suffix of the form that a content hash stands for: the one that is shown."""
AVATARS: Final = "/avatars"
"""What the public address ends in where talents are shown by their ids."""
_KEY: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.[a-z]{1,16}")


def object_key(data: bytes, suffix: str) -> str:
    """The name under which these bytes are kept: `<2 hex>/<sha256 hex>.<suffix>`."""
    return key_of(hashlib.sha256(data).hexdigest(), suffix)


def key_of(content_hash: str, suffix: str = SHOWN) -> str:
    """The name under which the bytes with this hash are kept."""
    return f"{content_hash[:2]}/{content_hash}.{suffix}"


def public_address(base: str, content_hash: str, talent_id: str) -> str:
    """The address that the app is given for a picture of ours.

    Args:
        base: where browsers find pictures. If it ends in `/avatars`, that is where `talentimg serve` shows
            each talent, and the address is the talent's: it stays, whatever is shown. Otherwise the store
            itself lies there, and the address is the picture's.
        content_hash: the picture.
        talent_id: for whom it is shown.
    """
    if base.endswith(AVATARS):
        return f"{base}/{quote(talent_id, safe='')}"
    return f"{base}/{key_of(content_hash)}"


def is_key(key: str) -> bool:
    """Whether one of our objects could be called so."""
    return _KEY.fullmatch(key) is not None


def check_key(key: str) -> None:
    """Refuse a key that none of our objects can have, for example one that leads out of the folder.

    Raises:
        ObjectError: it is not a valid key.
    """
    if not is_key(key):
        raise ObjectError("That is not the name of a stored picture.")
