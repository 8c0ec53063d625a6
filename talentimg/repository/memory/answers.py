"""Answers that are kept, in memory."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from talentimg.repository.interface.answers import Answers, Earlier
from talentimg.repository.values import LONGEST_AHEAD, normalise

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.repository.interface.answers import Answer, Asked


class MemoryAnswers(Answers):
    """Keeps them by the digest of their keys."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[str, tuple[Asked, Answer | None, datetime]] = {}
        self._answers_lock = Lock()

    def begin_answer(self, asked: Asked, now: datetime, until: datetime) -> Earlier | None:
        now = normalise(now)
        with self._answers_lock:
            known = self._answers.get(asked.id)
            if known is None or not now < known[2] <= now + LONGEST_AHEAD:
                self._answers[asked.id] = (asked, None, normalise(until))
                return None
        earlier, answer, _ = known
        return None if earlier.holder == asked.holder else Earlier(earlier.request, answer)

    def keep_answer(self, asked: Asked, answer: Answer, until: datetime) -> None:
        with self._answers_lock:
            if self._is_ours(asked):
                self._answers[asked.id] = (asked, answer, normalise(until))

    def drop_answer(self, asked: Asked) -> None:
        with self._answers_lock:
            if self._is_ours(asked):
                del self._answers[asked.id]

    def _is_ours(self, asked: Asked) -> bool:
        known = self._answers.get(asked.id)
        return known is not None and known[0].holder == asked.holder and known[1] is None
