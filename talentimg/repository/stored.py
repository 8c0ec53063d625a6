"""Converts rows of the roster's tables to and from the models, for every kind of database.

Rows to be written hold plain data: times as text that sorts in order of time, lists as JSON. In
rows that were read, a database with types for times and JSON gives Python's own values instead.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from talentimg.errors import StoreUnreadable
from talentimg.models import (
    INITIALS,
    Account,
    Choice,
    Lock,
    OptOut,
    Order,
    Policy,
    Selection,
    Talent,
    Token,
)
from talentimg.repository.records import record_of
from talentimg.repository.values import new_id, process_of, same_handle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    from talentimg.models import Candidate, Picture, Review, TalentRecord
    from talentimg.repository.interface import Claims, NewAccount, RosterRow

    class ReadRow(Protocol):
        """A row as a driver gives it."""

        def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401  columns are of many types
            """The value of a column."""


Row = dict[str, Any]


def to_text(at: datetime | None) -> str | None:
    """A time as it is stored: `2026-11-24T02:00:00.000Z`."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_text(value: str | datetime | None) -> datetime | None:
    """A stored time. One without a time zone is in UTC, as the agency's app writes it.

    Raises:
        StoreUnreadable: it is not a time.
    """
    if value is None:
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise StoreUnreadable("The roster contains a time that cannot be read.") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def required(value: str | datetime) -> datetime:
    """A stored time that is never missing."""
    found = from_text(value)
    assert found is not None
    return found


def from_json(value: Any) -> Any:  # noqa: ANN401  lists of many types
    """Stored JSON; a database with a type for JSON has parsed it already."""
    return json.loads(value) if isinstance(value, str) else value


def record_from(
    row: ReadRow,
    accounts: Iterable[Account],
    candidates: Mapping[str, Candidate],
    *,
    reviews: Iterable[Review],
    looks: Mapping[str, str | None],
    pictures: Mapping[str, Picture],
) -> TalentRecord:
    """Everything known about a talent."""
    talent = talent_from(row, accounts)
    shown, policy = selection_from(row), policy_from(row)
    record = record_of(talent, shown, policy, candidates, reviews=reviews, looks=looks, pictures=pictures)
    return record if is_ours(row) else replace(record, overwritten=_last_written(row))


def roster_row_from(row: ReadRow, accounts: Iterable[Account]) -> RosterRow:
    """A line of the roster."""
    from talentimg.repository.interface import RosterRow  # noqa: PLC0415  start-up time

    connected = tuple(accounts)
    return RosterRow(
        talent_id=row["id"],
        name=row["name"],
        accounts=connected,
        platforms=tuple(account.platform for account in connected),
        source=(row["profileImageSource"] or INITIALS).lower(),
        url=row["profileImageUrl"],
        synced_at=from_text(row["lastProfileImageSyncAt"]),
        policy=policy_from(row),
    )


def talent_from(row: ReadRow, accounts: Iterable[Account]) -> Talent:
    """A talent with its accounts."""
    return Talent(row["id"], row["name"], row["email"] or None, row["avatarUrl"] or None, tuple(accounts))


def account_from(row: ReadRow) -> Account:
    """An account, without a stable id that was learnt for another handle."""
    known = row["known_handle"] is not None and same_handle(row["known_handle"], row["handle"])
    return Account(
        id=row["id"],
        talent_id=row["creatorId"],
        platform=row["platform"].lower(),
        handle=row["handle"],
        profile_url=row["profileUrl"],
        external_id=row["external_id"] if known else None,
        token=token_from(row),
        renamed_to=row["renamed_to"] if known else None,
    )


def claims_from(row: ReadRow) -> Claims:
    """What another process has leased."""
    from talentimg.repository.interface import Claims  # noqa: PLC0415  start-up time

    host, pid = process_of(row["holder"])
    return Claims(host, pid, row["talents"], required(row["until"]))


def token_from(row: ReadRow) -> Token | None:
    """The token of an account, if it has one."""
    access = row["accessToken"]
    return Token(access, row["refreshToken"], from_text(row["expiresAt"])) if access else None


def accounts_from(rows: Iterable[ReadRow]) -> dict[str, list[Account]]:
    """The accounts of each talent, one for each platform: the one whose row comes last."""
    found: dict[str, dict[str, Account]] = {}
    for account in map(account_from, rows):
        found.setdefault(account.talent_id, {})[account.platform] = account
    return {talent_id: list(accounts.values()) for talent_id, accounts in found.items()}


def token_values(token: Token | None) -> tuple[str | None, str | None, str | None]:
    """Access token, refresh token and time of expiry, as they are stored."""
    return (
        (token.access_token, token.refresh_token, to_text(token.expires_at)) if token else (None, None, None)
    )


def user_row(user_id: str, name: str | None, email: str | None, avatar_url: str | None) -> Row:
    """The user row of a talent who has none yet."""
    return {"id": user_id, "email": email, "name": name, "avatarUrl": avatar_url}


def account_row(talent_id: str, account: NewAccount, now: datetime) -> Row:
    """A new account of a talent."""
    access_token, refresh_token, expires_at = token_values(account.token if account.connected else None)
    return {
        "id": new_id(),
        "creatorId": talent_id,
        "platform": account.platform.lower(),
        "handle": account.handle,
        "profileUrl": account.profile_url,
        "connected": account.connected,
        "accessToken": access_token,
        "refreshToken": refresh_token,
        "expiresAt": expires_at,
        "createdAt": to_text(now),
        "updatedAt": to_text(now),
    }


def selection_from(row: ReadRow) -> Selection:
    """What is shown. What we keep about it counts only while the agency's columns are as we wrote them."""
    ours = is_ours(row)
    return Selection(
        source=_source(row),
        content_hash=row["own_hash"] if ours else None,
        url=row["profileImageUrl"],
        synced_at=from_text(row["lastProfileImageSyncAt"]),
        question=row["own_question"] if ours else None,
    )


def is_ours(row: ReadRow) -> bool:
    """Whether the agency's columns are as we wrote them."""
    return (row["own_source"], row["own_url"]) == (_source(row), row["profileImageUrl"])


def _source(row: ReadRow) -> str:
    return (row["profileImageSource"] or INITIALS).lower()


def _last_written(row: ReadRow) -> Selection | None:
    """What we wrote before another program did; None if we never have."""
    if row["own_source"] is None:
        return None
    synced_at = from_text(row["lastProfileImageSyncAt"])
    return Selection(row["own_source"], row["own_hash"], row["own_url"], synced_at, row["own_question"])


def selection_row(talent_id: str, selection: Selection) -> Row:
    """What we keep of a selection in addition to the agency's columns."""
    return {
        "talent_id": talent_id,
        "source": selection.source,
        "url": selection.url,
        "content_hash": selection.content_hash,
        "question": selection.question,
    }


def policy_row(talent_id: str, policy: Policy) -> Row:
    """What a person has decided about a talent."""
    lock = policy.lock
    return {
        "talent_id": talent_id,
        "lock_by": lock.by if lock else None,
        "lock_at": to_text(lock.at) if lock else None,
        "lock_why": lock.why if lock else None,
        "lock_until": to_text(lock.until) if lock else None,
        **_order_columns(policy.order),
        "opted_out": int(policy.opted_out),
        "opt_outs": json.dumps([[o.platform, o.by, to_text(o.at), o.why] for o in policy.opt_outs]),
        "choice_by": policy.choice.by if policy.choice else None,
        "choice_at": to_text(policy.choice.at) if policy.choice else None,
        "choice_why": policy.choice.why if policy.choice else None,
        "note": policy.note,
    }


def _order_columns(order: Order | None) -> Row:
    return {
        "source_order": json.dumps(order.sources) if order else None,
        "order_by": order.by if order else None,
        "order_at": to_text(order.at) if order else None,
        "order_why": order.why if order else None,
    }


def policy_from(row: ReadRow) -> Policy:
    """What a person has decided about a talent; the columns may all be empty."""
    lock = None
    if row["lock_at"] is not None:
        lock = Lock(row["lock_by"], required(row["lock_at"]), row["lock_why"], from_text(row["lock_until"]))
    choice = None
    if row["choice_at"] is not None:
        choice = Choice(row["choice_by"], required(row["choice_at"]), row["choice_why"])
    order = None
    if row["source_order"] is not None:
        sources = tuple(from_json(row["source_order"]))
        order = Order(sources, row["order_by"], from_text(row["order_at"]), row["order_why"])
    return Policy(lock, choice, order, _opt_outs_from(row), row["note"])


def _opt_outs_from(row: ReadRow) -> tuple[OptOut, ...]:
    if row["opt_outs"] is not None:
        known = from_json(row["opt_outs"])
        return tuple(OptOut(platform, by, from_text(at), why) for platform, by, at, why in known)
    return (OptOut(),) if row["opted_out"] else ()  # a row of before it was kept who said so
