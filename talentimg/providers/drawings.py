"""Addresses that return a drawing rather than a face, for people without a picture."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

from talentimg.http.links import path_in, split

GRAVATAR: Final = {"s": "512", "d": "404", "r": "pg"}
"""Without `d=404`, a drawing is returned for people without a picture: https://docs.gravatar.com/sdk/images/"""
_HASHED: Final = re.compile(r"(?:.*\.)?(?:gravatar\.com|libravatar\.org)")
_WORDPRESS_PROXY: Final = re.compile(r"i[0-3]\.wp\.com")
_PROXIED: Final = re.compile(r"/((?:[a-z0-9]+\.)?gravatar\.com)(/avatar/.*)")

# Each is the end of a path, unless it ends in a slash.
FEDIVERSE: Final = re.compile(
    r"/avatars/original/missing\.png\Z"  # Mastodon
    r"|/identicon(?:/|\Z)"  # Misskey and its forks, Mitra
    r"|/storage/avatars/default\.(?:jpg|png)\Z"  # Pixelfed
    r"|/images/avi\.png\Z"  # Pleroma and Akkoma
    r"|/assets/default_avatars/"  # GoToSocial
    r"|/images/person-\d+\.(?:jpg|png)\Z"  # Friendica
    r"|/images/default_profile_photos/"  # Hubzilla and its relatives
    r"|/img/avatars/[a-z0-9]\.png\Z"  # WriteFreely, a letter
    r"|/letter_avatar(?:_proxy)?/"  # Discourse, likewise
    r"|/static/images/pony\d+\.png\Z"  # Socialhome
    r"|/static/nopic\.png\Z"  # microblog.pub
    r"|/susie\.png\Z"  # snac
    # BookWyrm, Plume, GNU social, Takahe and whoever names it plainly; uploads get names that say nothing.
    r"|/(?:static|assets|images|img|avatar|theme|public)/(?:[^/]+/)*"
    r"(?:default|unknown|missing|anonymous|blank|no)[_-]?(?:avi|avatar|icon|user|person|profile|picture|photo)"
    r"[^/]*\.[a-z]{3,4}\Z"
)


def is_drawing(url: str) -> bool:
    """Whether a fediverse server uses this address for people without a picture."""
    return FEDIVERSE.search(path_in(url)) is not None


def without_drawing(url: str) -> str:
    """The address of a Gravatar (or Libravatar) such that nothing is returned for people without a picture.

    Any other address stays as it is.
    """
    parts = split(url)
    if parts is None:
        return url
    proxied = _PROXIED.fullmatch(parts.path) if _WORDPRESS_PROXY.fullmatch(parts.hostname or "") else None
    if proxied:
        parts = parts._replace(netloc=proxied[1], path=proxied[2])
    if not _HASHED.fullmatch((parts.hostname or "").lower()) or not parts.path.startswith("/avatar/"):
        return url
    return parts._replace(query=urlencode(GRAVATAR)).geturl()
