"""Webhooks and their deliveries, alike for every database.

The functions run in a transaction of the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg.models import Delivery, DeliveryState, FeedKind, Webhook
from talentimg.repository.stored import from_text, required, to_text
from talentimg.repository.values import LONGEST_AHEAD

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.repository.sql import Sql
    from talentimg.repository.stored import ReadRow

_ALL: Final = "SELECT * FROM talentimg.webhooks ORDER BY made_at, id"
_ADD: Final = """
INSERT INTO talentimg.webhooks (id, url, kinds, secret, made_at, made_by, reached)
VALUES (:id, :url, :kinds, :secret, :made_at, :made_by, :reached)
"""
_REMOVE: Final = "DELETE FROM talentimg.webhooks WHERE id = :id"
_REMOVE_DELIVERIES: Final = "DELETE FROM talentimg.deliveries WHERE webhook_id = :id"
_ROTATE: Final = """
UPDATE talentimg.webhooks SET old_secret = secret, old_until = :old_until, secret = :secret
WHERE id = :id AND secret <> :secret
"""
_STOP: Final = "UPDATE talentimg.webhooks SET stopped_at = :now, stopped_why = :why WHERE id = :id"
_TAKE: Final = """
UPDATE talentimg.webhooks SET holder = :holder, until = :until WHERE id = :id AND (
    holder IS NULL OR holder = :holder OR holder IN (:dead) OR until <= :now OR until > :never
)
"""
_HOLDER: Final = "SELECT holder FROM talentimg.webhooks WHERE id = :id"
_RELEASE: Final = """
UPDATE talentimg.webhooks SET holder = NULL, until = NULL WHERE id = :id AND holder = :holder
"""
_REACH: Final = "UPDATE talentimg.webhooks SET reached = :reached WHERE id = :id AND reached = :after"
_ENQUEUE: Final = """
INSERT INTO talentimg.deliveries (webhook_id, seq, kind, talent_id, state, tries, due_at)
VALUES (:webhook_id, :seq, :kind, :talent_id, :state, 0, :due_at)
"""
_DELIVERABLE: Final = """
SELECT d.* FROM talentimg.deliveries AS d
WHERE d.webhook_id = :id AND d.state = 'waiting' AND d.due_at <= :now AND NOT EXISTS (
    SELECT 1 FROM talentimg.deliveries AS e
    WHERE e.webhook_id = d.webhook_id AND e.state = 'waiting' AND e.id < d.id
    AND coalesce(e.talent_id, '') = coalesce(d.talent_id, '')
)
ORDER BY d.id LIMIT :limit
"""
_SAVE: Final = """
UPDATE talentimg.deliveries SET state = :state, tries = :tries, due_at = :due_at, tried_at = :tried_at,
    status = :status, detail = :detail
WHERE id = :id AND state = 'waiting'
"""
_LATEST: Final = "SELECT * FROM talentimg.deliveries ORDER BY id DESC LIMIT :limit"
_LATEST_OF: Final = """
SELECT * FROM talentimg.deliveries WHERE webhook_id = :id ORDER BY id DESC LIMIT :limit
"""
_DROP: Final = "DELETE FROM talentimg.deliveries WHERE state <> 'waiting' AND tried_at < :before"


def all_of(sql: Sql) -> list[Webhook]:
    """All webhooks."""
    return [_webhook_from(row) for row in sql.rows(_ALL)]


def add(sql: Sql, webhook: Webhook) -> None:
    """Keep a new one."""
    values = {name: getattr(webhook, name) for name in ("id", "url", "secret", "made_by", "reached")}
    kinds = " ".join(kind.value for kind in webhook.kinds)
    sql.change(_ADD, **values, kinds=kinds, made_at=to_text(webhook.made_at))


def remove(sql: Sql, webhook_id: str) -> bool:
    """Forget one, with its deliveries."""
    sql.change(_REMOVE_DELIVERIES, id=webhook_id)
    return bool(sql.change(_REMOVE, id=webhook_id))


def rotate(sql: Sql, webhook_id: str, secret: str, old_until: datetime) -> bool:
    """Give it another secret. Done twice, it is given once."""
    sql.change(_ROTATE, id=webhook_id, secret=secret, old_until=to_text(old_until))
    return bool(sql.rows(_HOLDER, id=webhook_id))


def stop(sql: Sql, webhook_id: str, now: datetime, why: str) -> None:
    """Deliver nothing to it any more."""
    sql.change(_STOP, id=webhook_id, now=to_text(now), why=why)


def take(
    sql: Sql, webhook_id: str, holder: str, now: datetime, until: datetime, *, dead: Collection[str]
) -> str | None:
    """Take the turn to deliver to it."""
    times = {"now": to_text(now), "until": to_text(until), "never": to_text(now + LONGEST_AHEAD)}
    if sql.change(_TAKE, id=webhook_id, holder=holder, dead=list(dead), **times):
        return None
    return next((row["holder"] for row in sql.rows(_HOLDER, id=webhook_id)), None) or "nobody"


def release(sql: Sql, webhook_id: str, holder: str) -> None:
    """Give the turn back."""
    sql.change(_RELEASE, id=webhook_id, holder=holder)


def enqueue(sql: Sql, webhook_id: str, deliveries: Sequence[Delivery], after: int, reached: int) -> bool:
    """Keep what is to be delivered, and how far the webhook has come."""
    if not sql.change(_REACH, id=webhook_id, after=after, reached=reached):
        return False
    for one in deliveries:
        values = {"webhook_id": webhook_id, "seq": one.seq, "talent_id": one.talent_id}
        state, due_at = one.state.value, to_text(one.due_at)
        sql.change(_ENQUEUE, **values, kind=one.kind.value, state=state, due_at=due_at)
    return True


def deliverable(sql: Sql, webhook_id: str, now: datetime, limit: int) -> list[Delivery]:
    """What is due, in order."""
    rows = sql.rows(_DELIVERABLE, id=webhook_id, now=to_text(now), limit=limit)
    return [_delivery_from(row) for row in rows]


def save(sql: Sql, delivery: Delivery) -> None:
    """Keep what became of a try."""
    values: dict[str, Any] = {
        "id": delivery.number,
        "state": delivery.state.value,
        "tries": delivery.tries,
        "due_at": to_text(delivery.due_at),
        "tried_at": to_text(delivery.tried_at),
        "status": delivery.status,
        "detail": delivery.detail,
    }
    sql.change(_SAVE, **values)


def latest(sql: Sql, webhook_id: str | None, limit: int) -> list[Delivery]:
    """The latest, newest first."""
    rows = (
        sql.rows(_LATEST, limit=limit)
        if webhook_id is None
        else sql.rows(_LATEST_OF, id=webhook_id, limit=limit)
    )
    return [_delivery_from(row) for row in rows]


def drop(sql: Sql, before: datetime) -> int:
    """Forget those that are over."""
    return sql.change(_DROP, before=to_text(before))


def _webhook_from(row: ReadRow) -> Webhook:
    return Webhook(
        id=row["id"],
        url=row["url"],
        secret=row["secret"],
        made_at=required(row["made_at"]),
        made_by=row["made_by"],
        reached=int(row["reached"]),
        kinds=tuple(FeedKind(kind) for kind in row["kinds"].split()),
        old_secret=row["old_secret"],
        old_until=from_text(row["old_until"]),
        stopped_at=from_text(row["stopped_at"]),
        stopped_why=row["stopped_why"],
    )


def _delivery_from(row: ReadRow) -> Delivery:
    return Delivery(
        webhook_id=row["webhook_id"],
        seq=int(row["seq"]),
        kind=FeedKind(row["kind"]),
        talent_id=row["talent_id"],
        due_at=required(row["due_at"]),
        state=DeliveryState(row["state"]),
        tries=row["tries"],
        tried_at=from_text(row["tried_at"]),
        status=row["status"],
        detail=row["detail"],
        number=int(row["id"]),
    )
