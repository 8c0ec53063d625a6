"""What protects a roster run from losing pictures, which a single sync by a person does not need."""

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
    """The safeguards of one roster run, and what they found."""

    valve: Valve
    duplicates: DuplicateDetector
    exceeded: LossLimitExceeded | None = None
    """Why the valve shut, once it has."""
    suspects: dict[tuple[str, str], Suspect] = field(default_factory=dict)
    """Pictures that occurred too often in this run, by source and source hash."""
