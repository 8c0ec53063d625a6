"""What only workers write: wishes, and that they live. It is opened apart."""

from __future__ import annotations

from abc import abstractmethod

from talentimg.repository.interface.wishes import Wishes
from talentimg.repository.interface.workers import Workers

__all__ = ["Wishes", "Workers", "Working"]


class Working(Wishes, Workers):
    """Both, over a connection of their own."""

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""
