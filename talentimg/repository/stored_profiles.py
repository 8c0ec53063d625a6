"""Rows of what is shown, read into profiles, for every kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talentimg.models import INITIALS, Rendition
from talentimg.repository.interface.profiles import AppUser, Profile, ProfileAccount
from talentimg.repository.stored import from_json, from_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from talentimg.repository.stored import ReadRow


def profile_from(row: ReadRow) -> Profile:
    """A talent. The user, the accounts and the facts come in one piece of JSON, as that is read quickest."""
    more = from_json(row["more"])
    source = (row["profileImageSource"] or INITIALS).lower()
    ours = (row["own_source"], row["own_url"]) == (source, row["profileImageUrl"])
    forms = row["renditions"] if ours else None
    return Profile(
        talent_id=row["id"],
        name=row["name"] or "",
        display_name=row["displayName"],
        source=source,
        url=row["profileImageUrl"],
        content_hash=row["own_hash"] if ours else None,
        renditions=forms_from(forms),
        synced_at=from_text(row["lastProfileImageSyncAt"]),
        user=user_from(more["user"]),
        accounts=_accounts_from(row["id"], more["accounts"] or ()),
        facts=more["facts"],
    )


def forms_from(value: Any) -> tuple[Rendition, ...]:  # noqa: ANN401  text, or parsed already
    """The stored forms of a picture."""
    return tuple(Rendition(*form) for form in from_json(value) or ())


def user_from(value: Any) -> AppUser | None:  # noqa: ANN401  text, or parsed already
    """A user; None if there is no row."""
    found = from_json(value)
    if not found or found.get("id") is None:
        return None
    return AppUser(
        id=str(found["id"]),
        email=found.get("email") or None,
        name=found.get("name") or None,
        avatar_url=found.get("avatarUrl") or None,
        role=found.get("role"),
    )


def account_from(talent_id: str, found: Mapping[str, Any]) -> ProfileAccount:
    """An account."""
    return ProfileAccount(
        id=str(found["id"]),
        talent_id=talent_id,
        platform=found["platform"],
        handle=found["handle"] or "",
        profile_url=found["profileUrl"],
        connected=bool(found["connected"]),
        pictured=bool(found.get("pictured")),
        synced_at=from_text(found.get("lastSyncedAt")),
        created_at=from_text(found.get("createdAt")),
    )


def _accounts_from(talent_id: str, rows: Iterable[Mapping[str, Any]]) -> tuple[ProfileAccount, ...]:
    found = [account_from(talent_id, row) for row in rows]
    if len(found) > 1:
        found.sort(key=lambda account: (account.platform.lower(), account.id))
    return tuple(found)
