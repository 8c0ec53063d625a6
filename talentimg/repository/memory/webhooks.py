"""Webhooks and their deliveries, kept in memory."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from talentimg.models import DeliveryState
from talentimg.repository.interface.webhooks import Webhooks
from talentimg.repository.memory.state import MemoryState
from talentimg.repository.values import LONGEST_AHEAD, normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.models import Delivery, Webhook


class MemoryWebhooks(MemoryState, Webhooks):
    """Keeps them in dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._webhooks: dict[str, Webhook] = {}
        self._webhook_turns: dict[str, tuple[str, datetime]] = {}
        self._delivery_numbers = count(1)

    def webhooks(self) -> list[Webhook]:
        with self._lock:
            return sorted(self._webhooks.values(), key=lambda one: (one.made_at, one.id))

    def add_webhook(self, webhook: Webhook) -> None:
        with self._lock:
            self._webhooks[webhook.id] = normalise(webhook)

    def remove_webhook(self, webhook_id: str) -> bool:
        with self._lock:
            kept = self._deliveries.items()
            self._deliveries = {key: one for key, one in kept if one.webhook_id != webhook_id}
            return self._webhooks.pop(webhook_id, None) is not None

    def rotate_webhook(self, webhook_id: str, secret: str, old_until: datetime) -> bool:
        with self._lock:
            if (known := self._webhooks.get(webhook_id)) is None:
                return False
            if known.secret != secret:  # else it is said again, and the one before still counts
                until = normalise(old_until)
                self._webhooks[webhook_id] = replace(
                    known, secret=secret, old_secret=known.secret, old_until=until
                )
            return True

    def stop_webhook(self, webhook_id: str, now: datetime, why: str) -> None:
        with self._lock:
            if known := self._webhooks.get(webhook_id):
                self._webhooks[webhook_id] = replace(known, stopped_at=normalise(now), stopped_why=why)

    def take_webhook(
        self, webhook_id: str, holder: str, now: datetime, until: datetime, *, dead: Collection[str] = ()
    ) -> str | None:
        with self._lock:
            if webhook_id not in self._webhooks:
                return "nobody"
            other, ends = self._webhook_turns.get(webhook_id, (holder, until))
            if other not in {holder, *dead} and now < ends <= now + LONGEST_AHEAD:
                return other
            self._webhook_turns[webhook_id] = holder, until
            return None

    def release_webhook(self, webhook_id: str, holder: str) -> None:
        with self._lock:
            if self._webhook_turns.get(webhook_id, ("", None))[0] == holder:
                del self._webhook_turns[webhook_id]

    def enqueue(self, webhook_id: str, deliveries: Sequence[Delivery], *, after: int, reached: int) -> bool:
        with self._lock:
            known = self._webhooks.get(webhook_id)
            if known is None or known.reached != after:
                return False
            self._webhooks[webhook_id] = replace(known, reached=reached)
            for one in deliveries:
                number = next(self._delivery_numbers)
                self._deliveries[number] = normalise(replace(one, number=number))
            return True

    def deliverable(self, webhook_id: str, now: datetime, *, limit: int) -> list[Delivery]:
        with self._lock:
            first: dict[str, Delivery] = {}
            for one in self._deliveries.values():
                if one.webhook_id == webhook_id and one.state is DeliveryState.WAITING:
                    first.setdefault(one.talent_id or "", one)
            return [one for one in first.values() if one.due_at <= now][:limit]

    def save_delivery(self, delivery: Delivery) -> None:
        with self._lock:
            known = self._deliveries.get(delivery.number or 0)
            if known is not None and known.state is DeliveryState.WAITING:
                self._deliveries[delivery.number] = normalise(delivery)

    def deliveries(self, webhook_id: str | None = None, *, limit: int) -> list[Delivery]:
        with self._lock:
            found = [one for one in self._deliveries.values() if webhook_id in {None, one.webhook_id}]
            return found[::-1][:limit]

    def drop_deliveries(self, before: datetime) -> int:
        with self._lock:
            kept = {
                key: one
                for key, one in self._deliveries.items()
                if one.state is DeliveryState.WAITING or not one.tried_at or one.tried_at >= before
            }
            gone, self._deliveries = len(self._deliveries) - len(kept), kept
            return gone
