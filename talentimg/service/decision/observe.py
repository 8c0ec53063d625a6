"""The candidate of a source after one more look at it. Pure functions, no I/O.

The picture fields of a candidate are those of its last *good* picture: trouble and unconfirmed
absence leave them alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.models import NEEDS_THE_PERSON, Candidate, Reason, State

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.service.results import StoredPicture


TROUBLE_PAUSE: Final = timedelta(hours=1)
"""After trouble without a retry time, look again this much later instead of the next day."""
BEFORE_EXPIRY: Final = timedelta(hours=6)
"""A platform address that is shown is renewed this long before it expires."""
_NOT_RETRIED_SOON: Final = NEEDS_THE_PERSON | {
    Reason.CONFIG,
    Reason.UNSUPPORTED,
    Reason.IDENTITY,
    # A picture that we refuse now will not be acceptable in an hour.
    Reason.NOT_IMAGE,
    Reason.FORMAT,
    Reason.PIXELS,
    Reason.TOO_LARGE,
    Reason.TOO_SMALL,
    Reason.TOO_THIN,
    Reason.PLACEHOLDER,
}


@dataclass(frozen=True, slots=True)
class Look:
    """The facts of one look, whatever its result. `question` is what the roster asks (see `question_of`).

    `note` is what a person should know of an account whose picture is fine.
    """

    talent_id: str
    source: str
    at: datetime
    asked: str | None = None
    tries: int = 1
    user_id: str | None = None
    question: str | None = None
    note: str | None = None


def found(known: Candidate | None, look: Look, stored: StoredPicture, *, renew_address: bool) -> Candidate:
    """The source offers a good picture.

    Args:
        known: what was known before, if anything.
        look: when and how the source was asked.
        stored: the picture.
        renew_address: whether the app shows the platform's own address, which expires.
    """
    expires_at = stored.url_expires_at
    return Candidate(
        talent_id=look.talent_id,
        source=look.source,
        state=State.FOUND,
        detail=look.note,
        asked=look.asked,
        tries=look.tries,
        platform_user_id=look.user_id or _known_id(known),
        content_hash=stored.content_hash,
        source_hash=stored.source_hash,
        picture_url=stored.url,
        picture_key=stored.key,
        url_expires_at=expires_at,
        etag=stored.etag,
        last_modified=stored.last_modified,
        checked_at=look.at,
        found_at=look.at,
        next_due_at=expires_at - BEFORE_EXPIRY if renew_address and expires_at else None,
        question=look.question,
    )


def _known_id(known: Candidate | None) -> str | None:
    """The platform's id of this person, as an earlier look learnt it; not that of somebody else."""
    return None if known is None or known.reason is Reason.IDENTITY else known.platform_user_id


def absent(known: Candidate | None, look: Look, reason: Reason, detail: str) -> Candidate:
    """The source answered that there is no picture. This counts as one absence."""
    before = known or Candidate(look.talent_id, look.source, State.ABSENT)
    since = _absent_since(before, look.at)
    return replace(
        before,
        state=State.ABSENT,
        reason=reason,
        detail=detail,
        asked=look.asked,
        tries=look.tries,
        platform_user_id=look.user_id or _known_id(known),
        checked_at=look.at,
        absent_since=since or look.at,
        absent_count=before.absent_count + 1 if since else 1,
        trouble_since=None,
        next_due_at=None,
        question=look.question,
    )


def _absent_since(known: Candidate, now: datetime) -> datetime | None:
    """When absence was first seen; None if that time is impossible because a clock was wrong."""
    since = known.absent_since
    if since is None or since > now or (known.found_at is not None and since < known.found_at):
        return None
    return since


def trouble(
    known: Candidate | None, look: Look, reason: Reason, detail: str, retry_at: datetime | None
) -> Candidate:
    """The source could not be asked, or its picture not used. This is not absence.

    If somebody else answered (`identity`), the platform's id of theirs is kept, for a person to accept, until
    the next look.
    """
    before = known or Candidate(look.talent_id, look.source, State.TROUBLE)
    somebody_else = look.user_id if reason is Reason.IDENTITY else None
    soon = None if reason in _NOT_RETRIED_SOON else look.at + TROUBLE_PAUSE
    return replace(
        before,
        state=State.TROUBLE,
        reason=reason,
        detail=detail,
        asked=look.asked,
        tries=look.tries,
        checked_at=look.at,
        platform_user_id=somebody_else or _known_id(known),
        trouble_since=min(before.trouble_since or look.at, look.at),
        next_due_at=retry_at or soon,
        question=look.question,
    )
