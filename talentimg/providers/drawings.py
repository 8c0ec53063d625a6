"""Addresses that return a drawing rather than a face, for people without a picture."""

from __future__ import annotations

import re
from typing import Final

from talentimg.http.links import path_in

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
