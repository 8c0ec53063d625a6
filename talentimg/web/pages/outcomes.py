"""What a look came to, as a page says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.models import INITIALS, OutcomeKind
from talentimg.web.pages.said import Said

if TYPE_CHECKING:
    from talentimg.models import Outcome
    from talentimg.web.pages.said import Undo

_QUIET: Final = {
    OutcomeKind.UNCHANGED: "said.unchanged",
    OutcomeKind.LOCKED: "said.locked_anyway",
    OutcomeKind.OPTED_OUT: "said.opted_out",
}


def said_of(outcome: Outcome, undo: Undo | None = None) -> Said:
    """A sentence about it, and the way back if the picture has changed."""
    values = {"source": outcome.source}
    if outcome.kind is OutcomeKind.UPDATED:
        return Said("said.updated", values, hint="said.in_history", undo=undo)
    if outcome.kind is OutcomeKind.DEMOTED:
        text = "said.now_initials" if outcome.source == INITIALS else "said.moved_down"
        return Said(text, values, undo=undo, sentence=outcome.detail or "")
    if outcome.kind in _QUIET:
        return Said(_QUIET[outcome.kind], values)
    if outcome.kind is OutcomeKind.KEPT:
        return Said("said.kept", values, sentence=outcome.detail or "")
    return Said("said.no_photo", values, sentence=outcome.detail or "")
