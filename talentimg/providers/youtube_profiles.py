"""YouTube: which names and addresses are those of a channel."""

from __future__ import annotations

import re
from typing import Final

from talentimg.providers.profiles import REST, Profiles, listed

CHANNEL_ID: Final = re.compile(r"UC[A-Za-z0-9_-]{22}")

MARKS: Final = (
    r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0963\u0966-\u0df3\u0e31-\u0e4e\u0eb1-\u0ece\u0f71-\u0f84"
    r"\u102b-\u109d\u17b4-\u17d3\u3099\u309a"
)
"""Vowel signs and other marks, from Hebrew to Japanese, without which words there cannot be written.

`re` takes none of them for a letter.
"""

# https://support.google.com/youtube/answer/11585688
HANDLE: Final = rf"(?u:(?=[\x21-\x7e]{{3}}|.*[^\x00-\x7f])[\w{MARKS}.·-]{{1,30}})"
"""3 to 30 characters in Latin script; in others fewer will do, as some write a word in one."""

OWN: Final = listed("""
    about account account_advanced ads attribution_link creators feed gaming howyoutubeworks kids login
    logout music new paid_memberships premium redirect reporthistory results settings signin t trends tv
    upload consent.youtube.com
""")

FORMER: Final = "a channel's former address, from before there were handles"

PATHS: Final = (
    rf"/(@[^/]+){REST}",
    rf"/channel/({CHANNEL_ID.pattern}){REST}",
    rf"/({CHANNEL_ID.pattern})",
)
PROFILES: Final = Profiles(
    hosts=("youtube.com", "youtu.be", "youtube-nocookie.com"),
    paths=PATHS,
    paths_at={f"{part}.youtube.com": PATHS for part in ("music", "studio", "gaming")},
    others={
        "a video": ("watch", "embed", "v", "live", "clip", "movie", "e", "youtu.be"),
        "a Short": ("shorts",),
        "a playlist": ("playlist",),
        "a post": ("post",),
        "a hashtag": ("hashtag",),
        FORMER: ("c", "user"),
        "a page of YouTube's own": OWN,
    },
    otherwise=FORMER,
    like="youtube.com/@adalovelace",
)
