"""A repository that writes nothing, as far as it is about tokens and telling others: it lets others look."""

# ruff: noqa: ARG002  a call that is refused does not use its arguments

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.dry_removals import DryRemovals, refused
from talentimg.repository.interface import Feed, Renewals, Webhooks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Delivery, Reconnect, Webhook
    from talentimg.repository.interface.feed import FeedPage
    from talentimg.repository.interface.renewals import Turn


class DryTelling(DryRemovals, Renewals, Feed, Webhooks):
    """Reads from another repository."""

    def begin_renewal(
        self, account: Account, holder: str, now: datetime, until: datetime, *, dead: Collection[str] = ()
    ) -> Turn:
        raise refused()

    def end_renewal(self, account: Account, holder: str, *, failed_at: datetime | None = None) -> None:
        raise refused()

    def begin_round(self, now: datetime, until: datetime) -> bool:
        return False

    def ending(
        self, before: Mapping[str, datetime], *, tried_before: datetime, limit: int
    ) -> Mapping[str, Sequence[str]]:
        return self._inner.ending(before, tried_before=tried_before, limit=limit)

    def need_reconnect(self, talent_id: str, platform: str, now: datetime, detail: str | None) -> bool:
        raise refused()

    def reconnected(self, talent_ids: Sequence[str], platform: str, now: datetime) -> None:
        raise refused()

    def reconnects_needed(self, *, limit: int) -> list[Reconnect]:
        return self._inner.reconnects_needed(limit=limit)

    def feed_page(self, after: int, *, limit: int) -> FeedPage:
        return self._inner.feed_page(after, limit=limit)

    def feed_start(self, since: datetime) -> int:
        return self._inner.feed_start(since)

    def feed_end(self) -> int:
        return self._inner.feed_end()

    def webhooks(self) -> list[Webhook]:
        return self._inner.webhooks()

    def add_webhook(self, webhook: Webhook) -> None:
        raise refused()

    def remove_webhook(self, webhook_id: str) -> bool:
        raise refused()

    def rotate_webhook(self, webhook_id: str, secret: str, old_until: datetime) -> bool:
        raise refused()

    def stop_webhook(self, webhook_id: str, now: datetime, why: str) -> None:
        raise refused()

    def take_webhook(
        self, webhook_id: str, holder: str, now: datetime, until: datetime, *, dead: Collection[str] = ()
    ) -> str | None:
        raise refused()

    def release_webhook(self, webhook_id: str, holder: str) -> None:
        raise refused()

    def enqueue(self, webhook_id: str, deliveries: Sequence[Delivery], *, after: int, reached: int) -> bool:
        raise refused()

    def deliverable(self, webhook_id: str, now: datetime, *, limit: int) -> list[Delivery]:
        return self._inner.deliverable(webhook_id, now, limit=limit)

    def save_delivery(self, delivery: Delivery) -> None:
        raise refused()

    def deliveries(self, webhook_id: str | None = None, *, limit: int) -> list[Delivery]:
        return self._inner.deliveries(webhook_id, limit=limit)

    def drop_deliveries(self, before: datetime) -> int:
        raise refused()
