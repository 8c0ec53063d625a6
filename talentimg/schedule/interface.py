"""The port to a place on this machine where a nightly run can be put."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talentimg.schedule.job import Job


@dataclass(frozen=True, slots=True)
class Found:
    """What is there now."""

    is_there: bool
    is_current: bool = False
    """Whether it is what would be put there today."""
    notes: tuple[str, ...] = ()
    """What else is to be known, a sentence each."""


class Place(ABC):
    """Puts a nightly run where something starts it, and recognises it again.

    Every method raises:
        ConfigError: this machine has no such place.
        CannotCreate: it may not be written to.
    """

    @abstractmethod
    def text(self, job: Job) -> str:
        """What would be put there, as people read it."""

    @abstractmethod
    def look(self, job: Job) -> Found:
        """What is there. Nothing is changed."""

    @abstractmethod
    def install(self, job: Job) -> None:
        """Put it there, in place of an earlier one of ours. What others have put there stays."""

    @abstractmethod
    def remove(self) -> bool:
        """Take ours away; False if there was none."""
