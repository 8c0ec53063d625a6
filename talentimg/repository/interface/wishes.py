"""The port to the wishes: talents whom somebody has changed, to be looked at soon by any worker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Wish, WishCount


class Wishes(ABC):
    """Keeps them until somebody has looked. All methods are synchronous."""

    @abstractmethod
    def take(self, now: datetime, until: datetime, *, limit: int) -> list[Wish]:
        """Take the oldest wishes that are for now, each talent once.

        They are nobody else's until that time. If they are neither finished nor put back by then, because
        this process died, others may take them. What somebody changes from now on is another wish.
        """

    @abstractmethod
    def finish(self, wishes: Sequence[Wish]) -> None:
        """Take these off, as somebody has looked."""

    @abstractmethod
    def put_back(self, wishes: Sequence[Wish], due_at: datetime) -> None:
        """Keep these for later, with one more try counted, unless the same talent has another wish by now."""

    @abstractmethod
    def release(self) -> None:
        """Let anybody take at once what this process has taken and neither finished nor put back.

        For what it cannot know that it has taken, as the store went away before it could answer.
        """

    @abstractmethod
    def wish(self, talent_ids: Sequence[str]) -> None:
        """Wish for these talents, unless somebody has and it is not taken."""

    @abstractmethod
    def count(self, now: datetime) -> WishCount:
        """How many wait for somebody to take them, and how many are taken."""

    @abstractmethod
    def is_told(self) -> bool:
        """Whether the store itself notes what the app changes. If not, one has to compare."""

    @abstractmethod
    def stamp(self) -> int | None:
        """A number that is another one once somebody has written to the app's tables.

        None where nobody can tell; it may change without such a write.
        """

    def await_news(self, seconds: float) -> bool:
        """Wait so long for the store to say that there is a wish; False if nobody said so.

        Raises:
            NotImplementedError: this store cannot say so.
        """
        raise NotImplementedError

    @abstractmethod
    def add_counts(self, day: str, counts: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
        """Add to what all workers have counted on a day because of wishes; all that is counted by now.

        Args:
            day: like `2026-11-24`. Those of days before are forgotten.
            counts: by source, how many showed a picture of it, and how many of these lost it.
        """
