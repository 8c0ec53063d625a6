"""Who was probably meant, when nobody has the id that was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository, RosterRow

LOOKED_AT: Final = 1_000
"""Rows that are read at each place of the roster, however long it is."""


def similar_id(repository: Repository, wanted: str) -> str | None:
    """The id of whoever has this name, or an id that is nearly the same; None if there is no such.

    Of a long roster only the beginning is looked at, and the ids that begin as this one does.
    """
    import difflib  # noqa: PLC0415  only when something is wrong: start-up time

    rows = _rows(repository, wanted)
    for row in rows.values():
        if wanted.casefold() in {row.talent_id.casefold(), row.name.casefold()}:
            return row.talent_id
    near = difflib.get_close_matches(wanted, rows, n=1)
    return near[0] if near else None


def _rows(repository: Repository, wanted: str) -> dict[str, RosterRow]:
    starts = [None, *dict.fromkeys((wanted[:1], wanted[: len(wanted) // 2 + 1]))]
    pages = (repository.roster(after=start, limit=LOOKED_AT) for start in starts)
    return {row.talent_id: row for page in pages for row in page}
