"""What workers are asked to do at once, and who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody changed an account or an avatar: look at this talent soon.

    `tries` counts the looks that came to nothing. `number` is the store's own.
    """

    talent_id: str
    wished_at: datetime
    tries: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class WishCount:
    """The wishes that wait, each count up to `MOST_COUNTED`; `oldest` is the time of the oldest of them.

    `under_way` are those that a worker has taken.
    """

    waiting: int
    oldest: datetime | None = None
    under_way: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that looks at talents by itself.

    `doing` is a few words on what it is at, `looked_at` how many talents it has looked at because of wishes.
    `listens_until` is until when it wants to be notified of wishes; None if it asks for them itself.
    """

    id: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    doing: str
    looked_at: int = 0
    listens_until: datetime | None = None
