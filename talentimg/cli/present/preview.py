"""What an import would do, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.cli.terminal import LONGEST_CELL, printable
from talentimg.repository.urls import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from talentimg.service.people.left_out import ForgottenTalent
    from talentimg.service.people.preview import Changed, FieldChange, Person, Preview

MOST_NAMED: Final = 20
"""New talents and those who are gone are many where the file is another one than was meant."""


def preview_lines(preview: Preview) -> Iterator[str]:
    """Counts first, then everybody whom the import would add or change, and whom the file does not name."""
    yield "Dry run: nothing was written."
    yield (
        f"{len(preview.new)} new, {len(preview.changed)} changed, {len(preview.reconnected)} connected again,"
        f" {len(preview.gone)} not in the file, {preview.unchanged} unchanged."
    )
    yield from _people("+", preview.new)
    for changed in preview.changed:
        yield from _changed(changed)
    for one in preview.reconnected:
        account = f"{one.platform} {_shown(one.handle)}"
        yield f"o {_shown(one.talent_id)}  {account} in place of one that was disconnected"
    for left in preview.left_out:
        yield f"  {_shown(left.talent_id)}  {left.platform} {_shown(left.handle)} stays disconnected"
    if preview.forgotten:
        yield f"  {forgotten_line(preview.forgotten)}"
    yield from _people("-", preview.gone, "  (stays on the roster)")


def forgotten_line(who: Sequence[ForgottenTalent]) -> str:
    """Who is left out, as somebody said that they are to stay forgotten."""
    names = [
        f"{_shown(one.talent_id)} ({one.platform})" if one.platform else _shown(one.talent_id) for one in who
    ]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"Left out, as to stay forgotten: {', '.join(names[:MOST_NAMED])}{more}"


def _people(mark: str, people: Sequence[Person], note: str = "") -> Iterator[str]:
    yield from (f"{mark} {_shown(one.talent_id)}  {_shown(one.name)}{note}" for one in people[:MOST_NAMED])
    if len(people) > MOST_NAMED:
        yield f"{mark} and {len(people) - MOST_NAMED} more; --json names all"


def _changed(changed: Changed) -> Iterator[str]:
    yield f"~ {_shown(changed.talent_id)}  {_shown(changed.name)}"
    yield from (f"    {_change(change)}" for change in changed.changes)
    if changed.loses_picture:
        yield "    the picture that is shown goes, until the next look"


def _change(change: FieldChange) -> str:
    old, new = (printable(without_userinfo(value or "")) for value in (change.old, change.new))
    return f"{change.field}: {old} -> {new}" if old else f"{change.field}: {new}"


def _shown(text: str) -> str:
    return printable(text, LONGEST_CELL)
