"""The port to webhooks and their deliveries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from talentimg.models import Delivery, Webhook


class Webhooks(ABC):
    """Keeps them. All methods are synchronous."""

    @abstractmethod
    def webhooks(self) -> list[Webhook]:
        """All of them, the oldest first."""

    @abstractmethod
    def add_webhook(self, webhook: Webhook) -> None:
        """Keep a new one."""

    @abstractmethod
    def remove_webhook(self, webhook_id: str) -> bool:
        """Forget one, with its deliveries; False if there is none."""

    @abstractmethod
    def rotate_webhook(self, webhook_id: str, secret: str, old_until: datetime) -> bool:
        """Give it another secret; the one before counts until then. False if there is none.

        Said again with the same secret, it changes nothing.
        """

    @abstractmethod
    def stop_webhook(self, webhook_id: str, now: datetime, why: str) -> None:
        """Deliver nothing to it any more."""

    @abstractmethod
    def take_webhook(
        self, webhook_id: str, holder: str, now: datetime, until: datetime, *, dead: Collection[str] = ()
    ) -> str | None:
        """Take the turn to deliver to it; whoever has it, if that is somebody else.

        Args:
            webhook_id: which one.
            holder: who asks.
            now: the time; a turn that has run out by then is nobody's.
            until: when this one runs out.
            dead: holders that are known to have died: their turns are nobody's.
        """

    @abstractmethod
    def release_webhook(self, webhook_id: str, holder: str) -> None:
        """Give the turn back; not an error if somebody else has it."""

    @abstractmethod
    def enqueue(self, webhook_id: str, deliveries: Sequence[Delivery], *, after: int, reached: int) -> bool:
        """Keep what is to be delivered, and how far the webhook has come, together.

        False, and nothing is kept, if it does not stand at `after` any more.
        """

    @abstractmethod
    def deliverable(self, webhook_id: str, now: datetime, *, limit: int) -> list[Delivery]:
        """What is due, in order: of each talent the first that waits, and of the runs."""

    @abstractmethod
    def save_delivery(self, delivery: Delivery) -> None:
        """Keep what became of a try, by its number, unless it is over already.

        A process that has slept through its turn comes back to what another has delivered meanwhile.
        """

    @abstractmethod
    def deliveries(self, webhook_id: str | None = None, *, limit: int) -> list[Delivery]:
        """The latest of all, or of one webhook, newest first."""

    @abstractmethod
    def drop_deliveries(self, before: datetime) -> int:
        """Forget those that are over and were tried last before a time; how many."""
