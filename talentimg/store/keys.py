"""Which names an object can have. All others are refused before anything is read or written."""

from __future__ import annotations

import re

from talentimg.errors import ObjectError

_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.[a-z]{1,16}")


def check_key(key: str) -> None:
    """Refuse a name that no object of ours has, for example one that climbs out of the folder.

    Raises:
        ObjectError: it is no such name.
    """
    if not _KEY.fullmatch(key):
        raise ObjectError("That is not the name of a stored picture.")
