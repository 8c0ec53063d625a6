"""The platforms as the demo's server imitates them: one file per platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.demo.platforms.bluesky import Bluesky
from talentimg.demo.platforms.github import GitHub
from talentimg.demo.platforms.gravatar import Gravatar
from talentimg.demo.platforms.instagram import Instagram
from talentimg.demo.platforms.mastodon import Mastodon
from talentimg.demo.platforms.tiktok import TikTok
from talentimg.demo.platforms.user import UserAvatars
from talentimg.demo.platforms.website import Website
from talentimg.demo.platforms.youtube import YouTube

if TYPE_CHECKING:
    from talentimg.demo.platforms.base import Platform
    from talentimg.demo.world import World

ALL: tuple[type[Platform], ...] = (
    Instagram,
    TikTok,
    YouTube,
    Bluesky,
    Mastodon,
    GitHub,
    Gravatar,
    Website,
    UserAvatars,
)


def all_platforms(world: World) -> list[Platform]:
    """Every platform, showing this world."""
    return [platform(world) for platform in ALL]
