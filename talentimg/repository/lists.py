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
    from collections.abc import Iterable, Iterator, Mapping

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
    """All lists, in their order, as statements for one kind of database.

    Args:
        lists: the lists.
        value: how a statement names a value, with a gap for the name.
    """

    def __init__(self, *lists: List, value: str) -> None:
        self._lists = lists
        self._value = value

    def values(self, marks: Marks) -> Marks:
        """The values that the statements below need besides their own."""
        return {_name(one): marks.get(one.name) for one in self._lists}

    def pages(self, marks: Marks, statement: str) -> Iterator[str]:
        """A statement on each list from its mark on, then on each before its mark.

        Args:
            marks: where to begin.
            statement: with gaps for `members` and `order`.
        """
        for one in self._lists:
            yield self._on(one, statement, self._from(one, marks))
        for one in self._before(marks):
            yield self._on(one, statement, "<")

    def counts(self, marks: Marks, statement: str) -> Iterator[str]:
        """The sum of a count over all lists from their marks on, then of that before their marks.

        Args:
            marks: where to begin.
            statement: with a gap for `members`.
        """
        yield _sum(self._on(one, statement, self._from(one, marks)) for one in self._lists)
        if before := [self._on(one, statement, "<") for one in self._before(marks)]:
            yield _sum(before)

    @property
    def marked(self) -> list[str]:
        """The names of the lists that have marks, in their order."""
        return [one.name for one in self._lists if one.place is not None]

    def firsts(self, marks: Marks) -> Iterator[tuple[str, str]]:
        """The name of each list that has marks, and the statement that finds the place for the next one."""
        for one in self._lists:
            if one.place is not None:
                first = one.first.format(span=self._span(one, self._from(one, marks)))
                yield one.name, f"SELECT {first} AS place"

    def _before(self, marks: Marks) -> list[List]:
        return [one for one in self._lists if one.name in marks]

    def _from(self, one: List, marks: Marks) -> str:
        return ">=" if one.name in marks else ""

    def _on(self, one: List, statement: str, comparison: str) -> str:
        return statement.format(members=f"{one.members} {self._span(one, comparison)}", order=one.order)

    def _span(self, one: List, comparison: str) -> str:
        return f"AND {one.place} {comparison} {self._value.format(_name(one))}" if comparison else ""


def _name(one: List) -> str:
    return f"{one.name}_mark"


def _sum(counts: Iterable[str]) -> str:
    return f"SELECT {' + '.join(f'({count})' for count in counts)} AS due"
