"""What came of an export."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """How many talents and pictures were written, and how many pictures the store no longer has."""

    talents: int
    pictures: int = 0
    missing: int = 0
