"""The geometry of charts, which the server draws. Each stands beside the numbers that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from talentimg.models import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from talentimg.service.run.nights import FreshNight

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


NIGHT: Final = 20
"""The width of a night in the chart of nights, whose height is 100."""
USUAL: Final = 0.9
"""What is below is drawn, and told, as unusual."""


class NightBar(NamedTuple):
    """A bar of the chart of nights."""

    night: FreshNight
    x: int
    height: float
    css: str


def share_of(night: FreshNight) -> float | None:
    """The share of those who were looked at within a day, from 0 to 1; None where nobody has counted."""
    found = night.freshness
    return found.fresh / found.everybody if found and found.everybody else None


def night_bars(nights: Sequence[FreshNight]) -> list[NightBar]:
    """A bar for each night; at least a line where anybody was fresh."""
    found = []
    for place, night in enumerate(nights):
        share = share_of(night)
        css = "low" if share is not None and share < USUAL else "on"
        css += " now" if place == len(nights) - 1 and css == "on" else ""
        height = 0.0 if not share else max(1.0, round(100 * share, 1))
        found.append(NightBar(night, NIGHT * place, height, css))
    return found


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
