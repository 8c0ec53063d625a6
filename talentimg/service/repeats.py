"""A request that somebody sends again, as its answer was lost, is answered again and not done again."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from talentimg.errors import KeyReused, StillUnderWay
from talentimg.repository.interface.answers import Asked

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from talentimg.repository.interface.answers import Answer, Answers

KEPT: Final = timedelta(hours=24)
"""How long an answer is kept."""
UNDER_WAY: Final = timedelta(minutes=10)
"""How long a request takes at most. One that a process was killed at is waited for no longer."""


class Repeats:
    """Knows requests by the keys that whoever sends them gives them."""

    def __init__(self, answers: Answers, now: Callable[[], datetime]) -> None:
        self._answers = answers
        self._now = now

    def begin(self, owner: str, key: str, request: str) -> Asked | Answer:
        """Begin a request, unless it was sent before.

        Args:
            owner: who sends it: one's keys are nothing to another.
            key: what they call it.
            request: a digest of all that is asked.

        Returns:
            What was answered before; otherwise what has to end in `keep` or `drop`.

        Raises:
            KeyReused: the key was used for another request.
            StillUnderWay: the request is being carried out.
        """
        name = hashlib.sha256(f"{owner}\0{key}".encode()).hexdigest()
        asked, now = Asked(name, request, secrets.token_hex(8)), self._now()
        earlier = self._answers.begin_answer(asked, now, now + UNDER_WAY)
        if earlier is None:
            return asked
        if earlier.request != request:
            raise KeyReused(
                "This key was used for another request.", hint="Give each request a key of its own."
            )
        if earlier.answer is None:
            raise StillUnderWay("This request is being carried out.", hint="Ask again when it is done.")
        return earlier.answer

    def keep(self, asked: Asked, answer: Answer) -> None:
        """Answer so from now on."""
        self._answers.keep_answer(asked, answer, self._now() + KEPT)

    def drop(self, asked: Asked) -> None:
        """Have it done when it is sent again."""
        self._answers.drop_answer(asked)
