"""The port by which workers tell that they live."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.models import Worker


class Workers(ABC):
    """Keeps who lives. All methods are synchronous."""

    @abstractmethod
    def beat(self, worker: Worker) -> None:
        """Keep that a worker lives, and what it is at."""

    @abstractmethod
    def leave(self, worker_id: str) -> None:
        """Forget a worker; not an error if nobody knows it."""

    @abstractmethod
    def workers(self, since: datetime) -> list[Worker]:
        """Those who were seen since a time, in the order of their start.

        Those who were not seen for a day when another one beats are forgotten.
        """
