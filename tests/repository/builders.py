"""Short ways to make what the repository is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from talentimg.models import Candidate, HistoryEntry, Picture, Rendition, Selection, State
from talentimg.repository.interface import Change, NewAccount, NewTalent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

NOW = datetime(2026, 11, 24, 2, 0, 0, 123000, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def talent(talent_id: str, *platforms: str, avatar_url: str | None = None) -> NewTalent:
    """A talent with an account on each of these platforms."""
    accounts = tuple(NewAccount(platform, f"{talent_id}.on.{platform}") for platform in platforms)
    return NewTalent(talent_id, talent_id.title(), avatar_url=avatar_url, accounts=accounts)


def found(talent_id: str, source: str = "bluesky", content_hash: str = "c0ffee") -> Candidate:
    """A candidate with a picture."""
    return Candidate(talent_id, source, State.FOUND, content_hash=content_hash, checked_at=NOW)


def shown(source: str = "bluesky", content_hash: str = "c0ffee", synced_at: datetime = NOW) -> Selection:
    """A selection of a picture."""
    return Selection(source, content_hash, f"https://pictures.example/{content_hash}.webp", synced_at)


def picture(content_hash: str = "c0ffee", source_hash: str = "feed") -> Picture:
    """A picture in two renditions."""
    renditions = (
        Rendition("webp-400", f"c0/{content_hash}.webp", 400, 12345, "image/webp"),
        Rendition("jpeg-400", f"c0/{content_hash}.jpg", 400, 23456, "image/jpeg"),
    )
    return Picture(content_hash, source_hash, 640, 640, renditions, NOW)


def changed(talent_id: str, at: datetime = NOW, why: str = "a new picture") -> HistoryEntry:
    """A change from initials to a picture."""
    return HistoryEntry(talent_id, at, "initials", None, "bluesky", "c0ffee", why, "sync")


def synced(repository: Repository, talent_id: str, at: datetime, next_due_at: datetime | None = None) -> None:
    """Leave a talent as a sync at that time would."""
    candidate = Candidate(talent_id, "bluesky", State.FOUND, next_due_at=next_due_at)
    repository.save([Change(talent_id, Selection(synced_at=at), candidates=(candidate,))], at)
