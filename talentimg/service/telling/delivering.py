"""What happened is posted to whoever wants to be told: at least once, and in order for each talent.

What is to be delivered is kept together with how far a webhook has come in the feed, and what became of a try
before the next begins. So a process that is killed at any point loses nothing, and may at most send again.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from talentimg.errors import ProviderError
from talentimg.http.retry_after import asked_wait
from talentimg.models import Delivery, DeliveryState
from talentimg.repository.values import lease_holder, process_of
from talentimg.service.processes import is_gone
from talentimg.service.tasks import all_of
from talentimg.service.telling.signing import headers
from talentimg.service.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from talentimg.http.interface import Posted, Poster
    from talentimg.models import FeedEntry, Webhook
    from talentimg.repository.interface import Repository

log = logging.getLogger("talentimg.webhooks")

PAUSES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long after each try that failed there is another; after the last it is given up."""
TURN: Final = timedelta(minutes=2)
"""How long one process delivers to a webhook; a little longer than it may take to do so."""
SECONDS: Final = 20.0
"""How long one round may take, and the try that has begun by then."""
KEPT: Final = timedelta(days=30)
"""How long the log tells of what is over."""
_PAGE: Final = 200
_GOOD: Final = range(200, 300)
_WORTH_A_PAUSE: Final = range(500, 600)


@dataclass(slots=True)
class Delivered:
    """What a round came to: how many tries went well, failed and will be tried again, or were given up."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0


class Delivering:
    """Delivers what is due."""

    def __init__(
        self,
        *,
        repository: Repository,
        open_poster: Callable[[], AbstractAsyncContextManager[Poster]],
        tell: Callable[[FeedEntry], Mapping[str, Any]],
        now: Callable[[], datetime],
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: where webhooks and the feed are.
            open_poster: opens the network.
            tell: what is posted of an entry.
            now: the clock.
        """
        self._repository = repository
        self._open_poster = open_poster
        self._tell = tell
        self._now = now
        self._holder = lease_holder()

    async def round(self, *, seconds: float = SECONDS) -> Delivered:
        """Deliver what is due now to all webhooks, at the same time.

        Args:
            seconds: after which no other try begins.

        Raises:
            TalentimgError: the store cannot be reached.
        """
        found = Delivered()
        webhooks = [one for one in await in_thread(self._repository.webhooks) if one.stopped_at is None]
        if not webhooks:
            return found
        ends = monotonic() + seconds
        async with self._open_poster() as poster:
            await all_of(self._serve(webhook, poster, found, ends) for webhook in webhooks)
        await in_thread(self._repository.drop_deliveries, self._now() - KEPT)
        return found

    async def _serve(self, webhook: Webhook, poster: Poster, found: Delivered, ends: float) -> None:
        if not await in_thread(self._take, webhook):
            return
        try:
            await in_thread(self._enqueue, webhook)
            while monotonic() < ends:
                due = await in_thread(self._repository.deliverable, webhook.id, self._now(), limit=_PAGE)
                if not due or not await self._deliver_all(webhook, due, poster, found, ends):
                    return
        finally:
            await in_thread(self._repository.release_webhook, webhook.id, self._holder)

    def _take(self, webhook: Webhook) -> bool:
        now = self._now()
        other = self._repository.take_webhook(webhook.id, self._holder, now, now + TURN)
        if other is None or not _has_died(other):
            return other is None
        again = self._repository.take_webhook(webhook.id, self._holder, now, now + TURN, dead=(other,))
        return again is None

    def _enqueue(self, webhook: Webhook) -> None:
        """Keep all that has happened since as deliveries that wait."""
        reached, now = webhook.reached, self._now()
        while True:
            page = self._repository.feed_page(reached, limit=_PAGE)
            wanted = [
                Delivery(webhook.id, one.number, one.kind, one.talent_id, due_at=now)
                for one in page.entries
                if webhook.wants(one.kind)
            ]
            if page.reached == reached or not self._repository.enqueue(
                webhook.id, wanted, after=reached, reached=page.reached
            ):
                return
            reached = page.reached

    async def _deliver_all(
        self, webhook: Webhook, due: list[Delivery], poster: Poster, found: Delivered, ends: float
    ) -> bool:
        """One after the other; whether the receiver may be asked for more now."""
        for delivery in due:
            if monotonic() >= ends or not await self._deliver(webhook, delivery, poster, found):
                return False
        return True

    async def _deliver(self, webhook: Webhook, delivery: Delivery, poster: Poster, found: Delivered) -> bool:
        entry = await in_thread(self._entry, delivery)
        if entry is None:
            await in_thread(self._save, replace(delivery, state=DeliveryState.DROPPED))
            return True
        body = json.dumps(self._tell(entry), ensure_ascii=False, separators=(",", ":")).encode()
        signed = headers(delivery.message_id, self._now(), body, self._keys(webhook))
        try:
            posted = await poster.post(webhook.url, body, signed)
        except ProviderError as error:
            await self._failed(delivery, None, error.message, None, found)
            return False
        return await self._answered(webhook, delivery, posted, found)

    async def _answered(self, webhook: Webhook, delivery: Delivery, posted: Posted, found: Delivered) -> bool:
        status = posted.status
        if status in _GOOD:
            found.delivered += 1
            done = replace(delivery, state=DeliveryState.DELIVERED, tries=delivery.tries + 1)
            await in_thread(self._save, replace(done, status=status, detail=None))
            return True
        why = f"The receiver answered with status {status}."
        if status == HTTPStatus.GONE:
            why = "The receiver says that it is gone (410)."
            await in_thread(self._repository.stop_webhook, webhook.id, self._now(), why)
        asked = asked_wait(dict(posted.headers), self._now())
        await self._failed(delivery, status, why, asked, found)
        is_overloaded = status in _WORTH_A_PAUSE or status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.GONE}
        return not is_overloaded

    async def _failed(
        self, delivery: Delivery, status: int | None, why: str, asked: timedelta | None, found: Delivered
    ) -> None:
        tried = replace(delivery, tries=delivery.tries + 1, status=status, detail=why)
        if tried.tries > len(PAUSES):
            found.given_up += 1
            tried = replace(tried, state=DeliveryState.FAILED)
        else:
            found.failed += 1
            pause = max(PAUSES[tried.tries - 1], min(asked or timedelta(0), PAUSES[-1]))
            tried = replace(tried, due_at=self._now() + pause)
        log.warning("A delivery to the webhook %s failed: %s", delivery.webhook_id, why)
        await in_thread(self._save, tried)

    def _save(self, delivery: Delivery) -> None:
        self._repository.save_delivery(replace(delivery, tried_at=self._now()))

    def _entry(self, delivery: Delivery) -> FeedEntry | None:
        page = self._repository.feed_page(delivery.seq - 1, limit=1)
        wanted = (delivery.seq, delivery.kind)
        return next((one for one in page.entries if (one.number, one.kind) == wanted), None)

    def _keys(self, webhook: Webhook) -> list[str]:
        old = webhook.old_secret
        counts = old is not None and webhook.old_until is not None and self._now() < webhook.old_until
        return [webhook.secret, *([old] if old is not None and counts else [])]


def _has_died(holder: str) -> bool:
    host, pid = process_of(holder)
    return host == os.uname().nodename and is_gone(pid)
