"""What a roster run has that a person's question about one talent has not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talentimg.errors import LossLimitExceeded
    from talentimg.models import Suspect
    from talentimg.service.run.duplicates import DuplicateDetector
    from talentimg.service.run.valve import Valve


@dataclass
class Safeguards:
    """What a roster run does that a person's single question does not."""

    valve: Valve
    duplicates: DuplicateDetector
    exceeded: LossLimitExceeded | None = None
    """Why the valve shut, once it has."""
    suspects: dict[tuple[str, str], Suspect] = field(default_factory=dict)
    """Pictures that came too often in this run, by source and source hash."""
