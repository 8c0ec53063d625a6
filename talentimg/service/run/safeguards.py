"""What protects looks at many talents from losing pictures. A look at a single one does not need it."""

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
    """The safeguards of one roster run, of wishes, or of one list of talents, and what they found.

    A list has no detector of duplicates, as nobody else is looked at than who was asked for.
    """

    valve: Valve
    duplicates: DuplicateDetector | None = None
    withdrawn_is_lost: bool = True
    """Whether a picture counts as lost that goes because the roster no longer asks for it."""
    exceeded: LossLimitExceeded | None = None
    """Why the valve shut, once it has."""
    suspects: dict[tuple[str, str], Suspect] = field(default_factory=dict)
    """Pictures that occurred too often in this run, by source and source hash."""
