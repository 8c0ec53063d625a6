"""Lists of the due, each in the order of an index, and how far claims have passed along them.

Whom nobody can be asked about stay in a list for ever, as a rule at its beginning: in front of everybody
who is due. That they have no account stands in another table, so no index leaves them out. So a claim sets
a mark at the first in each list who can be asked, and the next one begins there.

An account may be connected for somebody before a mark, by the agency's app, which tells nobody. So whenever
there are too few after the marks, those before them are looked through as well; whatever is written to the
roster here takes all marks away; and none counts for longer than `MARKS_LAST`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARKS_LAST: Final = timedelta(days=7)
"""How long somebody before a mark may be passed over, should there always be enough after it."""

Marks: TypeAlias = "Mapping[str, str | None]"
"""The place in each list before which nobody could be asked, as text."""
NO_MARKS: Final[Marks] = {}


class List(NamedTuple):
    """A list of the due, in pieces of SQL. One without `place` has no mark, as it is always short."""

    name: str
    order: str
    members: str
    """FROM and WHERE."""
    place: str | None = None
    """What a mark is compared with."""
    first: str = ""
    """The place of the first who can be asked, by anybody; with a gap for the `span`."""


class Lists:
    """All lists, in their order, for a kind of database.

    Args:
        lists: the lists.
        mark: how its statements name the value `mark`.
    """

    def __init__(self, *lists: List, mark: str) -> None:
        self._lists = lists
        self._mark = mark

    def pages(self, marks: Marks, statement: str) -> Iterator[tuple[str, str | None]]:
        """A statement on each list from its mark on, then on each before its mark; each with the mark.

        Args:
            marks: where to begin.
            statement: with gaps for `members` and `order`.
        """
        for one in self._lists:
            mark = marks.get(one.name)
            yield self._on(one, statement, mark and ">="), mark
        for one in self._lists:
            if one.name in marks:
                yield self._on(one, statement, "<"), marks[one.name]

    def firsts(self, marks: Marks) -> Iterator[tuple[str, str | None, str]]:
        """Each list that has marks, with its mark, and the statement that finds the place of the next one."""
        for one in self._lists:
            if one.place is not None:
                mark = marks.get(one.name)
                yield (
                    one.name,
                    mark,
                    f"SELECT {one.first.format(span=self._span(one, mark and '>='))} AS place",
                )

    def _on(self, one: List, statement: str, comparison: str | None) -> str:
        return statement.format(members=f"{one.members} {self._span(one, comparison)}", order=one.order)

    def _span(self, one: List, comparison: str | None) -> str:
        return f"AND {one.place} {comparison} {self._mark}" if comparison else ""
