"""What only the server writes: tokens, who looks at whom, and answers that are kept. It is opened apart."""

from __future__ import annotations

from abc import abstractmethod

from talentimg.repository.interface.access import Access
from talentimg.repository.interface.answers import Answers
from talentimg.repository.interface.looks import Looks

__all__ = ["Access", "Answers", "Looks", "Serving"]


class Serving(Access, Answers, Looks):
    """All of it, over one connection."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""
