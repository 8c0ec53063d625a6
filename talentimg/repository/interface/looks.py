"""The port by which processes that serve know of one another's looks: each talent has one at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Looks(ABC):
    """Keeps who is looking at whom because somebody asked for it. All methods are synchronous."""

    @abstractmethod
    def begin_look(self, talent_id: str, now: datetime, until: datetime) -> bool:
        """Begin a look at a talent, due or not; False if another process is at one.

        It is a lease like those of a run, and keeps runs away. A lease that a run has stays the run's, and
        does not keep anybody from looking. The result of the look ends it, as does `end_look`, or the time.
        """

    def begin_looks(self, talent_ids: Sequence[str], now: datetime, until: datetime) -> list[str]:
        """Begin looks at several talents; at whom another process is at one is left out.

        A backend far away begins all of them at once.
        """
        return [talent_id for talent_id in talent_ids if self.begin_look(talent_id, now, until)]

    @abstractmethod
    def end_look(self, talent_id: str) -> None:
        """End a look of this process that had no result. If there is none, nothing happens."""
