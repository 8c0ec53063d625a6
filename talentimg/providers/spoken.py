"""What a platform itself said, as `Absent` and a refused token require it; made in `evidence.py` only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SEAL: Final = object()
"""What only `evidence.py` may use."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Proof that the platform itself said something. `what` is a few words for a developer's eyes."""

    what: str
    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse to be made anywhere else."""
        if self.seal is not SEAL:
            raise TypeError("Evidence is made by the functions of talentimg.providers.evidence only.")
