"""What only the server writes, kept in memory."""

# ruff: noqa: ARG002  there is nobody to tell of a look

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.repository.interface.serving import Serving
from talentimg.repository.memory.access import MemoryAccess
from talentimg.repository.memory.answers import MemoryAnswers

if TYPE_CHECKING:
    from datetime import datetime


class MemoryServing(MemoryAccess, MemoryAnswers, Serving):
    """Of one process, which knows its own looks: there is no other that could be at one."""

    def begin_look(self, talent_id: str, now: datetime, until: datetime) -> bool:
        return True

    def end_look(self, talent_id: str) -> None:
        """Nothing was begun."""
