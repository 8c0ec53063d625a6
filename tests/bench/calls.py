"""What the loop and the floor ask the platforms: the same documented calls as our providers.

Spelt out here, so that neither pays for loading talentimg's own providers; `test_roster` sees that
both say the same.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from talentimg.demo.settings import provider_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

INSTAGRAM_VERSION: Final = "v25.0"
INSTAGRAM_FIELDS: Final = "user_id,username,name,profile_picture_url"
TIKTOK_FIELDS: Final = "open_id,union_id,avatar_large_url,avatar_url,avatar_url_100,display_name"
BATCHES: Final[Mapping[str, int]] = {"instagram": 1, "tiktok": 1, "youtube": 50, "bluesky": 25}
"""How many accounts one call can answer."""
TIMEOUT_S: Final = 30.0

CREATE: Final = (
    "CREATE TABLE talents (id TEXT PRIMARY KEY, platform TEXT NOT NULL, handle TEXT NOT NULL,"
    " token TEXT, picture_url TEXT, synced_at TEXT)"
)
"""The loop's own store, and where the floor reads whom to ask for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One talent of the roster, with the one account."""

    id: str
    platform: str
    handle: str
    token: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """One call to a platform."""

    url: str
    params: tuple[tuple[str, str], ...]
    """Pairs, since a name may stand more than once."""
    headers: dict[str, str] = field(default_factory=dict)


def read_entries(store: Path, first: int = -1) -> list[Entry]:
    """The roster, or its first talents."""
    with closing(sqlite3.connect(store)) as database:
        rows = database.execute(
            "SELECT id, platform, handle, token FROM talents ORDER BY id LIMIT ?", [first]
        )
        return [Entry(*row) for row in rows]


class Platforms:
    """Puts questions to the platforms of one server."""

    def __init__(self, server_url: str) -> None:
        self._settings = provider_settings(server_url)

    def question(self, entries: Sequence[Entry]) -> Question:
        """One call about some accounts of one platform, at most as many as it can answer."""
        platform = entries[0].platform
        return QUESTIONS[platform](self._settings[platform], entries)


def addresses(platform: str, document: Any) -> list[str]:
    """The pictures' addresses in a platform's answer, the largest of each."""
    if platform == "instagram":
        return [document["profile_picture_url"]]
    if platform == "tiktok":
        return [document["data"]["user"]["avatar_large_url"]]
    if platform == "youtube":
        return [channel["snippet"]["thumbnails"]["high"]["url"] for channel in document["items"]]
    return [profile["avatar"] for profile in document.get("profiles", [document])]


def _instagram(settings: Mapping[str, str], entries: Sequence[Entry]) -> Question:
    url = f"{settings['base_url']}/{INSTAGRAM_VERSION}/me"
    return Question(url, (("fields", INSTAGRAM_FIELDS),), _bearer(entries[0]))


def _tiktok(settings: Mapping[str, str], entries: Sequence[Entry]) -> Question:
    url = f"{settings['base_url']}/v2/user/info/"
    return Question(url, (("fields", TIKTOK_FIELDS),), _bearer(entries[0]))


def _youtube(settings: Mapping[str, str], entries: Sequence[Entry]) -> Question:
    ids = ",".join(entry.handle for entry in entries)
    params = (("part", "snippet"), ("id", ids), ("maxResults", "50"), ("key", settings["api_key"]))
    return Question(f"{settings['base_url']}/youtube/v3/channels", params)


def _bluesky(settings: Mapping[str, str], entries: Sequence[Entry]) -> Question:
    base = f"{settings['base_url']}/xrpc/app.bsky.actor."
    if len(entries) == 1:
        return Question(f"{base}getProfile", (("actor", entries[0].handle),))
    return Question(f"{base}getProfiles", tuple(("actors", entry.handle) for entry in entries))


def _bearer(entry: Entry) -> dict[str, str]:
    return {"Authorization": f"Bearer {entry.token}"}


QUESTIONS: Final[Mapping[str, Callable[[Mapping[str, str], Sequence[Entry]], Question]]] = {
    "instagram": _instagram,
    "tiktok": _tiktok,
    "youtube": _youtube,
    "bluesky": _bluesky,
}
