"""Rows of the tables, to and from the models, for every kind of database.

What is written is plain data: times as text whose order is that of time, lists as JSON. What
is read may be finer: a database that knows times and JSON gives them as what they are.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from talentimg.errors import StoreUnreadable
from talentimg.models import (
    INITIALS,
    Account,
    Candidate,
    Cooldown,
    HistoryEntry,
    Lock,
    Picture,
    Policy,
    Reason,
    Rendition,
    Selection,
    State,
    Talent,
    Token,
)
from talentimg.repository.interface import Holder
from talentimg.repository.values import new_id, same_handle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.repository.interface import NewAccount, NewTalent

Row = dict[str, Any]


class ReadRow(Protocol):
    """A row as a driver gives it."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401  columns are of many types
        """The value of a column."""


def to_text(at: datetime | None) -> str | None:
    """A time as it is stored: `2026-11-24T02:00:00.000Z`."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_text(value: str | datetime | None) -> datetime | None:
    """A stored time; one without a zone is UTC, as the agency's app means it.

    Raises:
        StoreUnreadable: it is no time.
    """
    if value is None:
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise StoreUnreadable("The roster holds a time that cannot be read.") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def required(value: str | datetime) -> datetime:
    """A stored time that is never missing."""
    found = from_text(value)
    assert found is not None
    return found


def from_json(value: Any) -> Any:  # noqa: ANN401  lists of many types
    """Stored JSON, which a database that knows JSON has taken apart already."""
    return json.loads(value) if isinstance(value, str) else value


def _reason(text: str | None) -> Reason | None:
    # A store that a newer version wrote may hold reasons that this one does not know; it may still be read.
    return next((reason for reason in Reason if reason.value == text), None)


# -- talents ----------------------------------------------------------------


def talent_from(row: ReadRow, accounts: Iterable[Account]) -> Talent:
    """A talent with its accounts."""
    return Talent(row["id"], row["name"], row["email"] or None, row["avatarUrl"] or None, tuple(accounts))


def account_from(row: ReadRow) -> Account:
    """An account. A stable id that was learnt under another handle is not its own."""
    known = row["known_handle"] is not None and same_handle(row["known_handle"], row["handle"])
    token = Token(row["accessToken"], row["refreshToken"], from_text(row["expiresAt"]))
    return Account(
        id=row["id"],
        talent_id=row["creatorId"],
        platform=row["platform"].lower(),
        handle=row["handle"],
        profile_url=row["profileUrl"],
        external_id=row["external_id"] if known else None,
        token=token if token.access_token else None,
    )


def token_values(token: Token | None) -> tuple[str | None, str | None, str | None]:
    """Access token, refresh token and end of a token, as they are stored."""
    return (
        (token.access_token, token.refresh_token, to_text(token.expires_at)) if token else (None, None, None)
    )


def user_row(talent: NewTalent, user_id: str) -> Row:
    """The user behind a new talent."""
    return {"id": user_id, "email": talent.email, "name": talent.name, "avatarUrl": talent.avatar_url}


def account_row(talent_id: str, account: NewAccount, now: datetime) -> Row:
    """A new account of a talent."""
    access_token, refresh_token, expires_at = token_values(account.token)
    return {
        "id": new_id(),
        "creatorId": talent_id,
        "platform": account.platform.lower(),
        "handle": account.handle,
        "profileUrl": account.profile_url,
        "connected": True,
        "accessToken": access_token,
        "refreshToken": refresh_token,
        "expiresAt": expires_at,
        "createdAt": to_text(now),
        "updatedAt": to_text(now),
    }


def selection_from(row: ReadRow) -> Selection:
    """What is shown. The content hash counts only while the agency's columns are as we wrote them."""
    source = (row["profileImageSource"] or INITIALS).lower()
    ours = (row["own_source"], row["own_url"]) == (source, row["profileImageUrl"])
    return Selection(
        source=source,
        content_hash=row["own_hash"] if ours else None,
        url=row["profileImageUrl"],
        synced_at=from_text(row["lastProfileImageSyncAt"]),
    )


def selection_row(talent_id: str, selection: Selection) -> Row:
    """What we keep of a selection beside the agency's columns."""
    return {
        "talent_id": talent_id,
        "source": selection.source,
        "url": selection.url,
        "content_hash": selection.content_hash,
    }


def policy_row(talent_id: str, policy: Policy) -> Row:
    """A person's say about a talent."""
    lock = policy.lock
    return {
        "talent_id": talent_id,
        "lock_by": lock.by if lock else None,
        "lock_at": to_text(lock.at) if lock else None,
        "lock_why": lock.why if lock else None,
        "lock_until": to_text(lock.until) if lock else None,
        "source_order": None if policy.order is None else json.dumps(policy.order),
        "opted_out": int(policy.opted_out),
        "note": policy.note,
    }


def policy_from(row: ReadRow) -> Policy:
    """A person's say, from a row that may lack one."""
    lock = None
    if row["lock_at"] is not None:
        lock = Lock(row["lock_by"], required(row["lock_at"]), row["lock_why"], from_text(row["lock_until"]))
    order = None if row["source_order"] is None else tuple(from_json(row["source_order"]))
    return Policy(lock, order, bool(row["opted_out"]), row["note"])


# -- what was learnt --------------------------------------------------------

_CANDIDATE_TIMES = (
    "url_expires_at",
    "checked_at",
    "found_at",
    "absent_since",
    "trouble_since",
    "next_due_at",
)
_CANDIDATE_PLAIN = (
    "talent_id",
    "source",
    "detail",
    "asked",
    "tries",
    "platform_user_id",
    "content_hash",
    "source_hash",
    "picture_url",
    "picture_key",
    "etag",
    "last_modified",
    "absent_count",
)


def candidate_row(candidate: Candidate) -> Row:
    """What one source offers for one talent."""
    row: Row = {name: getattr(candidate, name) for name in _CANDIDATE_PLAIN}
    row |= {name: to_text(getattr(candidate, name)) for name in _CANDIDATE_TIMES}
    reason = candidate.reason
    return row | {"state": candidate.state.value, "reason": reason.value if reason else None}


def candidate_from(row: ReadRow) -> Candidate:
    """What one source offers for one talent."""
    values: Row = {name: row[name] for name in _CANDIDATE_PLAIN}
    values |= {name: from_text(row[name]) for name in _CANDIDATE_TIMES}
    return Candidate(state=State(row["state"]), reason=_reason(row["reason"]), **values)


def picture_row(picture: Picture) -> Row:
    """A picture of which we hold a copy."""
    forms = [[r.name, r.key, r.side, r.size, r.media_type] for r in picture.renditions]
    return {
        "content_hash": picture.content_hash,
        "source_hash": picture.source_hash,
        "width": picture.width,
        "height": picture.height,
        "renditions": json.dumps(forms),
        "created_at": to_text(picture.created_at),
    }


def picture_from(row: ReadRow) -> Picture:
    """A picture of which we hold a copy."""
    return Picture(
        content_hash=row["content_hash"],
        source_hash=row["source_hash"],
        width=row["width"],
        height=row["height"],
        renditions=tuple(Rendition(*form) for form in from_json(row["renditions"])),
        created_at=required(row["created_at"]),
    )


def history_row(entry: HistoryEntry) -> Row:
    """One change of what is shown."""
    return {
        "talent_id": entry.talent_id,
        "changed_at": to_text(entry.at),
        "from_source": entry.from_source,
        "from_hash": entry.from_hash,
        "from_url": entry.from_url,
        "to_source": entry.to_source,
        "to_hash": entry.to_hash,
        "why": entry.why,
        "changed_by": entry.by,
    }


def history_from(row: ReadRow) -> HistoryEntry:
    """One change of what is shown."""
    return HistoryEntry(
        talent_id=row["talent_id"],
        at=required(row["changed_at"]),
        from_source=row["from_source"],
        from_hash=row["from_hash"],
        to_source=row["to_source"],
        to_hash=row["to_hash"],
        why=row["why"],
        by=row["changed_by"],
        from_url=row["from_url"],
    )


def holder_from(row: ReadRow) -> Holder:
    """A talent for whom a source offers a certain picture."""
    return Holder(row["source"], row["content_hash"], row["talent_id"])


# -- politeness -------------------------------------------------------------


def cooldown_row(cooldown: Cooldown) -> Row:
    """A platform that is left alone."""
    return {
        "platform": cooldown.platform.lower(),
        "cooldown_until": to_text(cooldown.until),
        "cooldown_reason": cooldown.reason.value,
        "cooldown_detail": cooldown.detail,
        "failures": cooldown.failures,
    }


def cooldown_from(row: ReadRow) -> Cooldown:
    """A platform that is left alone."""
    return Cooldown(
        platform=row["platform"],
        until=required(row["cooldown_until"]),
        reason=_reason(row["cooldown_reason"]) or Reason.THROTTLED,
        detail=row["cooldown_detail"],
        failures=row["failures"],
    )
