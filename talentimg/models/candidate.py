"""What each source offers, and which of them is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.reasons import Reason, State

USER = "user"
"""The source that is the user's own avatar."""
MANUAL = "manual"
"""The source that is a picture chosen by a person."""
INITIALS = "initials"
"""The end of every chain: no picture, the initials are drawn."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one source offers for one talent, and how we learnt it.

    `state` is the latest look; the picture fields (`content_hash` to
    `last_modified`) are those of the last good picture and survive trouble.
    """

    talent_id: str
    source: str
    state: State
    reason: Reason | None = None
    detail: str | None = None
    """One plain sentence that may be shown: it contains no secret and no raw input. With a good picture, what
    a person should know of the account, such as that it has moved."""
    asked: str | None = None
    """What was asked, without credentials, for `show --why`."""
    tries: int = 0
    platform_user_id: str | None = None
    content_hash: str | None = None
    source_hash: str | None = None
    picture_url: str | None = None
    picture_key: str | None = None
    url_expires_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    checked_at: datetime | None = None
    found_at: datetime | None = None
    absent_since: datetime | None = None
    absent_count: int = 0
    trouble_since: datetime | None = None
    next_due_at: datetime | None = None
    question: str | None = None
    """What was asked, as `question_of` tells it; None in rows of before that was kept."""

    @property
    def has_picture(self) -> bool:
        """Whether we have a copy of a picture from this source."""
        return self.content_hash is not None

    def without_picture(self) -> Candidate:
        """The same candidate after its picture was given up."""
        return replace(
            self,
            content_hash=None,
            source_hash=None,
            picture_url=None,
            picture_key=None,
            url_expires_at=None,
            etag=None,
            last_modified=None,
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Which source's picture is shown for a talent.

    `url` is what the agency's app reads; it and `content_hash` are None for initials.
    A selection that an older program wrote has a URL but no content hash. `question` is the one that the
    picture answers, as `question_of` tells it; None if that is unknown.
    """

    source: str = INITIALS
    content_hash: str | None = None
    url: str | None = None
    synced_at: datetime | None = None
    question: str | None = None

    @property
    def has_picture(self) -> bool:
        """Whether a real picture is shown, whatever the source is called.

        Older programs left rows with a URL but no source: they count as a picture too.
        """
        return self.content_hash is not None or self.url is not None

    @property
    def kept_url(self) -> str | None:
        """The address as the history may keep it: of one that a person gave, none that may hold a key."""
        may_hold_a_key = self.source == MANUAL and bool(set("?#@") & set(self.url or ""))
        return None if may_hold_a_key else self.url
