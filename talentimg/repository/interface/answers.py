"""The port to answers that are kept: a request that is sent again is answered again, and not done again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is to be done once.

    `id` stands for who asks and for the key that they gave, `request` for all of what is asked: both are
    digests, which tell nobody anything. `holder` is whoever does it, and no other is called so.
    """

    id: str
    request: str
    holder: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. It may name people."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of an earlier request with the same key; without an answer it is still under way."""

    request: str
    answer: Answer | None


class Answers(ABC):
    """Keeps answers for a while. All methods are synchronous and may be called from several threads.

    Whatever forgets, removes or merges talents clears all answers, and those of requests that are under way
    then are not kept either.
    """

    @abstractmethod
    def begin_answer(self, asked: Asked, now: datetime, until: datetime) -> Earlier | None:
        """Begin what is asked, unless it was begun before.

        Args:
            asked: what is asked.
            now: the current time.
            until: when it is over at the latest, answered or not.

        Returns:
            None if it is ours to do; otherwise what is known of the earlier request.
        """

    @abstractmethod
    def keep_answer(self, asked: Asked, answer: Answer, until: datetime) -> None:
        """Keep the answer, if what was asked is still ours to do."""

    @abstractmethod
    def drop_answer(self, asked: Asked) -> None:
        """Say that what was asked came to nothing: whoever asks again has it done."""
