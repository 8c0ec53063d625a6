"""Webhooks and their deliveries on databases, as a port: each method is one transaction."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from talentimg.repository.interface.webhooks import Webhooks
from talentimg.repository.values import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from talentimg.models import Delivery, Webhook
    from talentimg.repository.sql import Sql

T = TypeVar("T")

# ruff: noqa: PLC0415  start-up time: few commands need it


class SqlWebhooks(Webhooks):
    """The part of a repository on a database that keeps webhooks."""

    @abstractmethod
    def _ask_once(self, work: Callable[[Sql], T]) -> T:
        """Run some work that only reads, and that with a single statement: it needs no transaction."""

    @abstractmethod
    def _carry_out(self, work: Callable[[Sql], T]) -> T:
        """Run some work in a transaction; it does no harm twice."""

    def webhooks(self) -> list[Webhook]:
        from talentimg.repository import webhooks

        return self._ask_once(webhooks.all_of)

    def add_webhook(self, webhook: Webhook) -> None:
        from talentimg.repository import webhooks

        kept = normalise(webhook)
        self._carry_out(lambda sql: webhooks.add(sql, kept))

    def remove_webhook(self, webhook_id: str) -> bool:
        from talentimg.repository import webhooks

        return self._carry_out(lambda sql: webhooks.remove(sql, webhook_id))

    def rotate_webhook(self, webhook_id: str, secret: str, old_until: datetime) -> bool:
        from talentimg.repository import webhooks

        return self._carry_out(lambda sql: webhooks.rotate(sql, webhook_id, secret, old_until))

    def stop_webhook(self, webhook_id: str, now: datetime, why: str) -> None:
        from talentimg.repository import webhooks

        self._carry_out(lambda sql: webhooks.stop(sql, webhook_id, now, why))

    def take_webhook(
        self, webhook_id: str, holder: str, now: datetime, until: datetime, *, dead: Collection[str] = ()
    ) -> str | None:
        from talentimg.repository import webhooks

        return self._carry_out(lambda sql: webhooks.take(sql, webhook_id, holder, now, until, dead=dead))

    def release_webhook(self, webhook_id: str, holder: str) -> None:
        from talentimg.repository import webhooks

        self._carry_out(lambda sql: webhooks.release(sql, webhook_id, holder))

    def enqueue(self, webhook_id: str, deliveries: Sequence[Delivery], *, after: int, reached: int) -> bool:
        from talentimg.repository import webhooks

        kept = [normalise(one) for one in deliveries]
        return self._carry_out(lambda sql: webhooks.enqueue(sql, webhook_id, kept, after, reached))

    def deliverable(self, webhook_id: str, now: datetime, *, limit: int) -> list[Delivery]:
        from talentimg.repository import webhooks

        return self._ask_once(lambda sql: webhooks.deliverable(sql, webhook_id, now, limit))

    def save_delivery(self, delivery: Delivery) -> None:
        from talentimg.repository import webhooks

        kept = normalise(delivery)
        self._carry_out(lambda sql: webhooks.save(sql, kept))

    def deliveries(self, webhook_id: str | None = None, *, limit: int) -> list[Delivery]:
        from talentimg.repository import webhooks

        return self._ask_once(lambda sql: webhooks.latest(sql, webhook_id, limit))

    def drop_deliveries(self, before: datetime) -> int:
        from talentimg.repository import webhooks

        return self._carry_out(lambda sql: webhooks.drop(sql, before))
