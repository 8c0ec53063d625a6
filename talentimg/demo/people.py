"""The people of a world: who they are, and their accounts on each platform."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTAGRAM: Final = "instagram"
TIKTOK: Final = "tiktok"
YOUTUBE: Final = "youtube"
BLUESKY: Final = "bluesky"
MASTODON: Final = "mastodon"
GITHUB: Final = "github"
GRAVATAR: Final = "gravatar"
WEBSITE: Final = "website"
PLATFORMS: Final = (INSTAGRAM, TIKTOK, YOUTUBE, BLUESKY, MASTODON, GITHUB, GRAVATAR, WEBSITE)
"""The platforms that have a stand-in here. The demo consists of these, whatever other providers there are."""

TOKEN_STARTS: Final = {INSTAGRAM: "IGAA", TIKTOK: "act.", YOUTUBE: "ya29."}
"""The platforms that issue tokens to people, and the prefix of those tokens."""
TOKEN_LIVES: Final = {INSTAGRAM: 5_183_944, TIKTOK: 7_200, YOUTUBE: 3_599}
"""How long those tokens are valid, in seconds."""
NUMBERED_FROM: Final = {
    INSTAGRAM: 17_841_400_000_000_000,
    MASTODON: 109_000_000_000_000_000,
    GITHUB: 1_000_000,
}


class Standing(StrEnum):
    """The status of an account on its platform."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """By the platform."""
    DEACTIVATED = "deactivated"
    """By its owner."""
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Presence:
    """One person on one platform."""

    person_id: str
    name: str
    platform: str
    handle: str
    known_as: str
    """The handle that the agency knows: renames do not change it."""
    user_id: str
    picture: int | None = None
    """The seed of the picture; None if there is none."""
    shows_default: bool = False
    standing: Standing = Standing.ACTIVE
    withheld: bool = False
    uploads: int = 0
    changed_at: float = 0.0
    token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    token_expires_at: float | None = None

    @property
    def is_active(self) -> bool:
        """Whether the platform shows the account as usual."""
        return self.standing is Standing.ACTIVE


@dataclass(frozen=True, slots=True)
class Person:
    """A person with their accounts. `avatar` is the seed of their picture in the agency's own app."""

    id: str
    name: str
    email: str | None = None
    avatar: int | None = None
    presences: Mapping[str, Presence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person's token gives access to, and for how long."""

    platform: str
    person_id: str
    issued_at: float
    expires_at: float


def make_user_id(platform: str, person_id: str, handle: str) -> str:
    """A person's stable id, in the format of the platform."""
    digest = hashlib.sha256(f"{platform} {person_id}".encode()).digest()
    if platform in NUMBERED_FROM:
        return str(NUMBERED_FROM[platform] + int.from_bytes(digest[:5], "big"))
    if platform == YOUTUBE:
        return "UC" + base64.urlsafe_b64encode(digest)[:22].decode()
    if platform == BLUESKY:
        return "did:plc:" + base64.b32encode(digest)[:24].decode().lower()
    if platform == TIKTOK:
        return f"-000{digest.hex()[:32]}"
    if platform == GRAVATAR:
        return hashlib.sha256(handle.encode()).hexdigest()
    return handle


def make_token(platform: str, person_id: str, number: int) -> str:
    """An access token, the same for the same person and number."""
    return TOKEN_STARTS[platform] + _secret("access", platform, person_id, number)


def make_refresh_token(platform: str, person_id: str, number: int) -> str | None:
    """A refresh token, if the platform has them."""
    start = {TIKTOK: "rft.", YOUTUBE: "1//"}.get(platform)
    return start and start + _secret("refresh", platform, person_id, number)


def _secret(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:40]
