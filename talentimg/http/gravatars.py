"""Addresses of Gravatars, which return a drawing for people without a picture unless asked not to. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

from talentimg.http.links import query_in, split

GRAVATAR: Final = {"s": "512", "d": "404", "r": "pg"}
"""Without `d=404`, a drawing is returned for people without a picture: https://docs.gravatar.com/sdk/images/"""
_WIDER: Final = frozenset({"r", "x"})
_HASHED: Final = re.compile(r"(?:.*\.)?(?:gravatar\.com|libravatar\.org)")
_WORDPRESS_PROXY: Final = re.compile(r"i[0-3]\.wp\.com")
_PROXIED: Final = re.compile(r"/((?:[a-z0-9]+\.)?gravatar\.com)(/avatar/.*)")

_DIGEST: Final = re.compile(r"[0-9a-fA-F]{32,64}")
_OLD_PATH: Final = "/avatar.php"
"""With the hash in the query: many apps and their databases still have such addresses."""


def without_drawing(url: str) -> str:
    """The address of a Gravatar (or Libravatar) such that nothing is returned for people without a picture.

    A wider rating that it names is kept: whoever wrote it has decided what may be shown, and "nothing there"
    would not be true of the picture. Any other address stays as it is.
    """
    parts = split(url)
    if parts is None:
        return url
    proxied = _PROXIED.fullmatch(parts.path) if _WORDPRESS_PROXY.fullmatch(parts.hostname or "") else None
    if proxied:
        parts = parts._replace(netloc=proxied[1], path=proxied[2])
    if parts.path == _OLD_PATH and _DIGEST.fullmatch(digest := query_in(url).get("gravatar_id", "")):
        parts = parts._replace(path=f"/avatar/{digest}")
    if not _HASHED.fullmatch((parts.hostname or "").lower()) or not parts.path.startswith("/avatar/"):
        return url
    given = query_in(url)
    rating = (given.get("r") or given.get("rating") or "").lower()
    ours = GRAVATAR | ({"r": rating} if rating in _WIDER else {})
    return parts._replace(query=urlencode(ours)).geturl()
