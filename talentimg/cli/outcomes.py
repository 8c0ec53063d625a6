"""How the command line counts outcomes: one row for each kind, which everything else reads."""

from __future__ import annotations

from typing import Final, NamedTuple

from talentimg.models import OutcomeKind
from talentimg.wording import notes, sentence, would

__all__ = ["OUTCOMES", "Wording", "notes", "sentence", "would"]


class Wording(NamedTuple):
    """How one kind of outcome is reported."""

    word: str
    """Beside a number of talents."""
    style: str
    """Its colour, in rich's terms."""
    meaning: str
    """In a table of counts."""


OUTCOMES: Final = {
    OutcomeKind.UPDATED: Wording("updated", "green", "a new picture is shown"),
    OutcomeKind.UNCHANGED: Wording("unchanged", "dim", "looked, nothing new"),
    OutcomeKind.KEPT: Wording("kept", "yellow", "no certain answer; the picture stays"),
    OutcomeKind.DEMOTED: Wording("demoted", "magenta", "gone for certain; the chain moved down"),
    OutcomeKind.LOCKED: Wording("locked", "blue", "locked by a person"),
    OutcomeKind.OPTED_OUT: Wording("opted out", "blue", "wants no picture"),
    OutcomeKind.RECONNECT: Wording("reconnect", "yellow", "the person must connect again"),
    OutcomeKind.FAILED: Wording("failed", "red", "no answer, and no picture to keep"),
}
"""A row for every kind."""
