"""One bad row is one talent's outcome: what a database refuses is found, and the rest is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.errors import ChangesRefused, RowRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from talentimg.repository.interface import Change

    Save = Callable[[Sequence[Change]], Collection[str]]


def save_apart(save: Save, changes: Sequence[Change]) -> list[str]:
    """Save some changes together; if the database refuses a row, those that it does not refuse.

    Args:
        save: writes changes completely or not at all, and returns whose were out of date.
        changes: what to write.

    Returns:
        The ids of the talents whose change was out of date, sorted.

    Raises:
        ChangesRefused: some were refused; all others are written.
    """
    stale: set[str] = set()
    reasons: dict[str, str] = {}
    _save_halves(save, changes, stale, reasons)
    if reasons:
        others = {change.talent_id for change in changes} - stale - reasons.keys()
        raise ChangesRefused(reasons, sorted(stale), others_stored=bool(others))
    return sorted(stale)


def _save_halves(save: Save, changes: Sequence[Change], stale: set[str], reasons: dict[str, str]) -> None:
    try:
        stale.update(save(changes))
    except RowRefused as error:
        if len(changes) == 1:
            reasons[changes[0].talent_id] = error.message
            return
        middle = len(changes) // 2
        _save_halves(save, changes[:middle], stale, reasons)
        _save_halves(save, changes[middle:], stale, reasons)
