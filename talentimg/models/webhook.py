"""Who is told of what happened, and what became of each delivery."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models.feed import FeedKind


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    """It is sent when it is due, or when what comes before it for the same talent is done."""
    DELIVERED = "delivered"
    """The receiver has said that it has it."""
    FAILED = "failed"
    """It was given up after many tries."""
    DROPPED = "dropped"
    """What it would tell is forgotten."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address to which is posted what happens.

    `kinds` is what it is told of; none stands for all. `reached` is how far it has come in the feed.
    """

    id: str
    url: str
    secret: str = field(repr=False)
    made_at: datetime
    made_by: str
    reached: int
    kinds: tuple[FeedKind, ...] = ()
    old_secret: str | None = field(default=None, repr=False)
    """The one before, with which is signed too until `old_until`."""
    old_until: datetime | None = None
    stopped_at: datetime | None = None
    """Since when nothing is delivered, as the receiver wants no more."""
    stopped_why: str | None = None

    def wants(self, kind: FeedKind) -> bool:
        """Whether it is told of this."""
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that happened, for one webhook. `seq` is its number in the feed."""

    webhook_id: str
    seq: int
    kind: FeedKind
    talent_id: str | None
    due_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    tries: int = 0
    tried_at: datetime | None = None
    status: int | None = None
    """What the receiver answered last; None for no answer."""
    detail: str | None = None
    number: int = 0
    """Its own, given by the store."""

    @property
    def message_id(self) -> str:
        """The same for every try, and for nothing else."""
        return f"{self.webhook_id}.{self.seq}.{self.kind.value.partition('.')[2]}"
