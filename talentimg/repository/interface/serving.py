"""What only the server writes: the tokens that it accepts, and who looks at whom. It is opened apart."""

from __future__ import annotations

from abc import abstractmethod

from talentimg.repository.interface.access import Access
from talentimg.repository.interface.looks import Looks

__all__ = ["Access", "Looks", "Serving"]


class Serving(Access, Looks):
    """Both, over one connection."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""
