"""What taking an import back came to, or would come to, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.cli.terminal import LONGEST_CELL, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from talentimg.service.people.undo import Undo

MOST_NAMED: Final = 20
DECISIONS_STAY: Final = "what was decided about them stays"


def undo_lines(undo: Undo, *, dry_run: bool) -> Iterator[str]:
    """Who is as before again, who is gone, and who stays, each with the reason."""
    if dry_run:
        yield "Dry run: nothing was written."
    done = "would be taken back" if dry_run else "is taken back"
    came_to = (
        f"{len(undo.restored)} as before, {len(undo.removed)} removed, {len(undo.stay)} stay"
        if undo.restored or undo.removed or undo.stay
        else "nobody's row changes"
    )
    yield f"The import of {printable(undo.name)} on {undo.at:%Y-%m-%d %H:%M} UTC {done}: {came_to}."
    yield from _marked("~", undo.restored)
    yield from _marked("-", undo.removed)
    yield from _marked("=", [f"{one.talent_id}  ({one.why})" for one in undo.stay])
    yield from _marked("=", [f"{talent_id}  ({DECISIONS_STAY})" for talent_id in undo.decided])
    yield from _marked("?", [f"{talent_id}  (no longer on the roster)" for talent_id in undo.gone])
    yield from _marked("!", [f"{one}  was changed since" for one in undo.conflicts])


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:MOST_NAMED]:
        yield f"{mark} {printable(line, 3 * LONGEST_CELL)}"
    if len(lines) > MOST_NAMED:
        yield f"{mark} and {len(lines) - MOST_NAMED} more"
