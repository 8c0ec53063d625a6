"""Who is told of what happens: webhooks are added, removed, given another secret."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import ProviderError, UsageError
from talentimg.models import Webhook
from talentimg.service.telling.signing import new_secret
from talentimg.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from talentimg.models import Delivery, FeedKind
    from talentimg.repository.interface import Repository

BOTH_COUNT: Final = timedelta(hours=24)
"""How long is signed with the secret before, too, once there is another one."""


class WebhookDesk:
    """Keeps the list of webhooks."""

    def __init__(
        self, repository: Repository, now: Callable[[], datetime], check_target: Callable[[str], None]
    ) -> None:
        """A desk over a store.

        Args:
            repository: where they are kept.
            now: the clock.
            check_target: raises `ProviderError` for an address to which nothing would ever be posted.
        """
        self._repository = repository
        self._now = now
        self._check_target = check_target

    def add(self, url: str, kinds: Sequence[FeedKind], *, by: str) -> Webhook:
        """Add one, which is told of what happens from now on. Its secret is told this once.

        Raises:
            UsageError: nothing would ever be posted to this address, or it is there already.
        """
        try:
            self._check_target(url)
        except ProviderError as error:
            raise UsageError(error.message, hint=error.hint) from error
        if any(one.url == url for one in self._repository.webhooks()):
            raise UsageError("There is a webhook with this address already.", hint="See: talentimg webhooks")
        webhook = Webhook(
            id=f"wh_{secrets.token_hex(6)}",
            url=url,
            secret=new_secret(),
            made_at=self._now(),
            made_by=by,
            reached=self._repository.feed_end(),
            kinds=tuple(dict.fromkeys(kinds)),
        )
        self._repository.add_webhook(webhook)
        return webhook

    def all(self) -> list[Webhook]:
        """All of them, the oldest first."""
        return self._repository.webhooks()

    def find(self, webhook_id: str) -> Webhook:
        """One by its id.

        Raises:
            UsageError: there is none.
        """
        known = {one.id: one for one in self.all()}
        if webhook_id not in known:
            raise UsageError(
                f"There is no webhook {webhook_id!r}.{did_you_mean(webhook_id, known)}",
                hint="See: talentimg webhooks",
            )
        return known[webhook_id]

    def remove(self, webhook_id: str) -> None:
        """Remove one, with what waits for it.

        Raises:
            UsageError: there is none.
        """
        self.find(webhook_id)
        self._repository.remove_webhook(webhook_id)

    def rotate(self, webhook_id: str) -> Webhook:
        """Give it another secret, which is told this once. The one before counts for 24 hours more.

        Raises:
            UsageError: there is none.
        """
        self.find(webhook_id)
        self._repository.rotate_webhook(webhook_id, new_secret(), self._now() + BOTH_COUNT)
        return self.find(webhook_id)

    def log(self, webhook_id: str | None, *, limit: int) -> list[Delivery]:
        """The latest deliveries of all, or of one, newest first.

        Raises:
            UsageError: there is no such webhook.
        """
        if webhook_id is not None:
            self.find(webhook_id)
        return self._repository.deliveries(webhook_id, limit=limit)
