"""The geometry of charts, which the server draws. Each stands beside the numbers that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.models import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH: Final = 1000
_LEAST: Final = 12
"""The least width of a piece: one failure among ten thousand is seen, too."""
_GAP: Final = 2
CLASSES: Final[Mapping[OutcomeKind, str]] = {
    OutcomeKind.UNCHANGED: "c-same",
    OutcomeKind.UPDATED: "c-new",
    OutcomeKind.KEPT: "c-kept",
    OutcomeKind.DEMOTED: "c-down",
    OutcomeKind.LOCKED: "c-lock",
    OutcomeKind.OPTED_OUT: "c-lock",
    OutcomeKind.RECONNECT: "c-bad",
    OutcomeKind.FAILED: "c-fail",
}
"""The colour of each outcome, in the order in which bars show them."""


class Piece(NamedTuple):
    """A piece of a bar."""

    kind: OutcomeKind
    css: str
    x: float
    width: float


def pieces(outcomes: Mapping[OutcomeKind, int]) -> list[Piece]:
    """A bar of `WIDTH`, with a piece for each outcome that there was."""
    present = {kind: outcomes[kind] for kind in CLASSES if outcomes.get(kind)}
    total = sum(present.values())
    if not total:
        return []
    widths = {kind: max(_LEAST, WIDTH * number / total) for kind, number in present.items()}
    scale = (WIDTH - _GAP * (len(widths) - 1)) / sum(widths.values())
    found, x = [], 0.0
    for kind, width in widths.items():
        found.append(Piece(kind, CLASSES[kind], round(x, 1), round(width * scale, 1)))
        x += width * scale + _GAP
    return found
