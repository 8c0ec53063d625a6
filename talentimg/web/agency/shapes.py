"""Talents, pictures and accounts in the app's fields. Pure.

What the app counts of its own (deals, tasks, revenue) is nothing that we know: it is empty here, and its
pages show zeros.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from talentimg.models import INITIALS
from talentimg.repository.interface.profiles import ProfileAccount
from talentimg.shapes import plain

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Account
    from talentimg.repository.interface.profiles import AppUser, Profile

MOST_ACCOUNTS: Final = 5
"""In a line of the list."""
SYNC_AFTER: Final = timedelta(hours=24)
_METRICS: Final = ("openOpportunities", "activeDeals", "totalDeals", "totalTasks", "totalRevenue")
_VERSION: Final = 12
"""Characters of the hash that make the address of each picture a new one."""


class AgencyShapes:
    """Knows where pictures are."""

    def __init__(self, base: str) -> None:
        """Pictures are below this address, or path."""
        self._base = base

    def image_url(self, profile: Profile) -> str | None:
        """Where a page finds what is shown, without a session; None for initials. New for each picture."""
        if profile.content_hash is not None:
            name, version = quote(profile.talent_id, safe=""), profile.content_hash[:_VERSION]
            return f"{self._base}/api/avatars/{name}?v={version}"
        url = profile.url or ""
        return url if url.startswith(("https://", "http://")) else None

    def line(self, profile: Profile) -> dict[str, Any]:
        """A line of the list."""
        connected = profile.connected[:MOST_ACCOUNTS]
        return {
            "id": profile.talent_id,
            "name": profile.name,
            "displayName": profile.display_name or profile.name,
            "representationType": profile.facts.get("representationType"),
            "status": profile.facts.get("status"),
            "linkedUser": _user(profile.user),
            "profileImageUrl": self.image_url(profile),
            "socialAccounts": [{"platform": a.platform, "handle": a.handle} for a in connected],
            "primarySocialHandle": connected[0].handle if connected else None,
            "managerId": None,
            "metrics": dict.fromkeys(_METRICS, 0),
        }

    def talent(self, profile: Profile) -> dict[str, Any]:
        """The single talent."""
        user, facts = profile.user, profile.facts
        return {
            "id": profile.talent_id,
            "name": profile.name,
            "displayName": profile.display_name or profile.name,
            "legalName": facts.get("legalName"),
            "primaryEmail": facts.get("primaryEmail") or (user.email if user else None),
            "representationType": facts.get("representationType"),
            "status": facts.get("status"),
            "userId": user.id if user else None,
            "managerId": facts.get("managerId"),
            "notes": facts.get("notes"),
            "profileImageUrl": self.image_url(profile),
            "profileImageSource": profile.source or INITIALS,
            "lastProfileImageSyncAt": plain(profile.synced_at),
            "categories": facts.get("categories") or [],
            "stage": facts.get("stage"),
            "linkedUser": {**(_user(user) or {}), "role": user.role} if user else None,
            "snapshot": dict.fromkeys(_METRICS, 0),
            "deals": [],
            "tasks": [],
            "revenue": {},
            "socialAccounts": [
                {"id": a.id, "platform": a.platform, "handle": a.handle, "followers": None}
                for a in profile.connected
            ],
        }

    def image(self, profile: Profile, now: datetime) -> dict[str, Any]:
        """The picture's state."""
        synced = profile.synced_at
        return {
            "talentId": profile.talent_id,
            "talentName": profile.name,
            "profileImageUrl": self.image_url(profile),
            "profileImageSource": profile.source or INITIALS,
            "lastProfileImageSyncAt": plain(synced),
            "connectedPlatforms": [
                {"platform": a.platform, "handle": a.handle, "hasProfileImage": a.pictured}
                for a in profile.connected
            ],
            "canAutoSync": bool(profile.connected),
            "nextSyncRecommended": synced is None or now - synced > SYNC_AFTER,
        }

    def synced(self, profile: Profile) -> dict[str, Any]:
        """What a sync came to."""
        return {
            "talentId": profile.talent_id,
            "source": profile.source or INITIALS,
            "imageUrl": self.image_url(profile),
            "syncedAt": plain(profile.synced_at),
        }


def social(account: ProfileAccount, url: str | None) -> dict[str, Any]:
    """An account in the tab of socials."""
    platform = account.platform.upper()
    return {
        "id": account.id,
        "creatorId": account.talent_id,
        "platform": platform,
        "displayName": platform,
        "handle": account.handle,
        "url": account.profile_url or url,
        "profileImageUrl": account.profile_url or url,
        "followers": 0,
        "following": 0,
        "postCount": 0,
        "lastScrapedAt": plain(account.synced_at),
        "isOAuthConnected": account.connected,
    }


def own_account(account: ProfileAccount) -> dict[str, Any]:
    """An account as the talent's own page has it. No token is ever in it."""
    return {
        "id": account.id,
        "platform": account.platform,
        "handle": account.handle,
        "connected": account.connected,
        "lastSyncedAt": plain(account.synced_at),
        "createdAt": plain(account.created_at),
    }


def as_read(account: Account) -> ProfileAccount:
    """An account that was written just now, as it would be read."""
    named: dict[str, Any] = {name: getattr(account, name) for name in ("platform", "handle", "profile_url")}
    return ProfileAccount(account.id, account.talent_id, **named)


def _user(user: AppUser | None) -> dict[str, Any] | None:
    if user is None:
        return None
    return {"id": user.id, "email": user.email, "name": user.name, "avatarUrl": user.avatar_url}
