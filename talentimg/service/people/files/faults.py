"""What is wrong in a file, kept until all of it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentimg.errors import FaultyFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from talentimg.errors import UsageError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file: its number there, and what such numbers count."""

    number: int
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.unit} {self.number}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a file, or with all of it, and what to do about it."""

    place: Place | None
    sentence: str
    hint: str | None = None

    @classmethod
    def of(cls, place: Place | None, error: UsageError) -> Fault:
        """The fault that an error of ours tells."""
        return cls(place, error.message, error.hint)


def refuse(name: str, faults: Iterable[Fault]) -> None:
    """Raise if there is a fault.

    Args:
        name: what the file is called in messages.
        faults: in any order; those of one place stay in theirs.

    Raises:
        FaultyFile: there is one.
    """
    in_order = sorted(faults, key=lambda fault: fault.place.number if fault.place else 0)
    if in_order:
        raise FaultyFile(name, [(_told(name, fault), fault.hint) for fault in in_order])


def _told(name: str, fault: Fault) -> str:
    if fault.place is None:
        return f"{name} {fault.sentence}"
    return f"{name}, {fault.place}: {fault.sentence}"
