"""Makes the tables of one roster those of another: what is missing or differs is written, the rest goes.

Nothing is remembered from one call to the next, so a move that was killed is gone on with by comparing: rows
that are there already are read and not written. The people come last, so that half a roster shows nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from talentimg.errors import OutOfDate
from talentimg.repository.app_names import ACCOUNT, TALENT
from talentimg.repository.moving.kinds import Content
from talentimg.repository.moving.shapes import (
    AGENCY,
    STAYS,
    agreed,
    in_order,
    needs_secrets,
    secrets_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from talentimg.repository.moving.interface import TableStore
    from talentimg.repository.moving.kinds import Key, Row
    from talentimg.repository.moving.shapes import (
        Shape,
    )

COUNTS_ON: Final = frozenset({"feed"})
"""Tables of numbers that were given. Whoever was told by a number takes no notice of it once more, so none is
given twice, whatever comes back."""
BEHIND: Final = 1_000_000_000
"""So many numbers, at most, were given since a backup was written, by whatever it is that is lost."""
_COUNTED: Final = "seq"
ONLY_GROWS: Final = frozenset({"tombstones"}) | COUNTS_ON
"""Tables of which nothing is taken away: who was forgotten in one place stays forgotten."""


ALONE: Final = {ACCOUNT: ("creatorId", "platform")}
"""Columns of which no two rows may have the same: one that has others now makes way before any is written."""
_TELLING: Final = ("talent_id", "account_id")
"""Columns by which may be told, beside the key, whether a row is to be there."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a move has come: so many rows of a table, or pictures, of so many if that is known."""

    table: str
    done: int
    total: int | None
    is_comparing: bool = False


@dataclass(slots=True)
class Moved:
    """A table that was moved: its rows, how many of them were written or removed, and what is in them."""

    table: str
    rows: int = 0
    written: int = 0
    removed: int = 0
    digest: str = ""


@dataclass
class Pair:
    """A table in both places, with the columns that move; what is in it, and what became of it."""

    source: Shape
    target: Shape
    content: Content = field(default_factory=Content)
    moved: Moved = field(init=False)

    def __post_init__(self) -> None:
        self.moved = Moved(self.source.name)

    @property
    def name(self) -> str:
        """The table."""
        return self.source.name

    def only(self, columns: Collection[str]) -> Pair:
        """The same with no other columns than these."""
        source, target = (
            shape.only({name: column for name, column in shape.columns.items() if name in columns})
            for shape in (self.source, self.target)
        )
        return Pair(source, target)


class TableMove:
    """Moves all tables but those of the agency where they are an app's own (see `beside`)."""

    def __init__(
        self, source: TableStore, target: TableStore, *, with_secrets: bool = True, is_old: bool = False
    ) -> None:
        """A move from one store to another.

        Args:
            source: read, in a snapshot of the caller's.
            target: written to.
            with_secrets: whether columns with secrets move. If not, those of rows that are there already stay
                as they are.
            is_old: whether the source is what was once, and others were told of more than it knows.
        """
        self._source = source
        self._target = target
        self._with_secrets = with_secrets
        self._ahead = BEHIND if is_old else 0
        self._fills = source.app is not None
        pairs = _pairs(source.shapes(), target.shapes(), with_secrets=with_secrets)
        self.pairs: Mapping[str, Pair] = {pair.name: pair for pair in pairs}

    @property
    def moved(self) -> list[Moved]:
        """What became of each table."""
        return [pair.moved for pair in self.pairs.values()]

    def remove(self, pair: Pair, change: Rewrite) -> None:
        """Take away what the source has not got."""
        if pair.name in ONLY_GROWS or not self._target.count(pair.target):
            return
        told = pair.only((*pair.target.key, *ALONE.get(pair.name, ()), *_TELLING))
        for rows in pages(self._target, told.target):
            keys = told.target.keys_of(rows)
            wanted = set(change(told, self._source.find(told.source, None, keys)))
            if gone := [key for key, row in zip(keys, rows, strict=True) if row not in wanted]:
                self._target.drop(pair.target, gone)
                pair.moved.removed += len(gone)

    def write(self, pair: Pair, change: Rewrite) -> Iterator[Step]:
        """Write what is missing or differs.

        Args:
            pair: the table.
            change: makes of the rows of the source those of the target.
        """
        total, done = self._source.count(pair.source), 0
        is_new = not self._target.count(pair.target)
        yield Step(pair.name, 0, total)
        for found in pages(self._source, pair.source):
            rows = self._counted_on(pair, change(pair, self._filled(pair, found)))
            pair.content.add(rows)
            self._write(pair, rows if is_new else self._different(pair, rows))
            done += len(found)
            yield Step(pair.name, done, total)

    def _write(self, pair: Pair, rows: Sequence[Row]) -> None:
        if rows:
            with self._target.transaction():
                if not self._with_secrets and pair.name == ACCOUNT:
                    self._drop_others(pair, rows)
                self._target.put(pair.target, rows)
            pair.moved.written += len(rows)

    def _drop_others(self, pair: Pair, rows: Sequence[Row]) -> None:
        """Remove rows under which another account stands: the secrets in them are not of this one."""
        shape = pair.target
        handles = {shape.key_of(row): shape.value(row, "handle") for row in rows}
        there = self._target.find(shape, None, list(handles))
        others = [shape.key_of(r) for r in there if shape.value(r, "handle") != handles[shape.key_of(r)]]
        if others:
            self._target.drop(shape, others)

    def _different(self, pair: Pair, rows: Sequence[Row]) -> list[Row]:
        there = set(self._target.find(pair.target, None, pair.target.keys_of(rows)))
        return [row for row in rows if row not in there]

    def _counted_on(self, pair: Pair, rows: list[Row]) -> list[Row]:
        """Rows with a number that is behind none that was given, in either place."""
        if pair.name not in COUNTS_ON:
            return rows
        shape, keys = pair.target, pair.target.keys_of(rows)
        there = self._target.find(shape, None, keys)
        known = dict(zip(shape.keys_of(there), (_number(shape, row) for row in there), strict=True))
        numbers = [
            max(_number(shape, r) + self._ahead, known.get(k, 0)) for r, k in zip(rows, keys, strict=True)
        ]
        place = shape.place(_COUNTED)
        return [(*r[:place], n, *r[place + 1 :]) for r, n in zip(rows, numbers, strict=True)]

    def _filled(self, pair: Pair, rows: Sequence[Row]) -> list[Row]:
        """Rows of an app in which nothing is empty that must not be empty here."""
        if not self._fills or pair.name not in AGENCY:
            return list(rows)
        return [_filled(pair.source, pair.target, row) for row in rows]

    def compare(self, pair: Pair) -> Iterator[Step]:
        """See that what came is what was sent.

        Raises:
            OutOfDate: it is not.
        """
        there, total = Content(), self._target.count(pair.target)
        for rows in pages(self._target, pair.target):
            there.add(self._sent(pair, rows))
            yield Step(pair.name, there.rows, total, is_comparing=True)
        pair.moved.rows, pair.moved.digest = there.rows, there.digest
        if there != pair.content:
            raise not_the_same(pair.name, self._target)

    def _sent(self, pair: Pair, rows: Sequence[Row]) -> Sequence[Row]:
        """Those rows of a page that came from the source, of a table that may have others."""
        if pair.name not in ONLY_GROWS:
            return rows
        keys = pair.target.keys_of(rows)
        sent = set(pair.source.keys_of(self._source.find(pair.source, None, keys)))
        return [row for row, key in zip(rows, keys, strict=True) if key in sent]


def _number(shape: Shape, row: Row) -> int:
    return int(str(shape.value(row, _COUNTED)))


class Rewrite:
    """Leaves rows as they are."""

    def __call__(self, pair: Pair, rows: Sequence[Row]) -> list[Row]:
        """The rows as they are to stand in the target."""
        del pair
        return list(rows)


def not_the_same(table: str, target: TableStore) -> OutOfDate:
    """The error for a table that is not what was written to it."""
    return OutOfDate(
        f"The table {table} in {target.place} is not what was written: somebody else writes to it.",
        hint="Stop whatever uses it, and say the same again: it goes on from there.",
    )


def pages(store: TableStore, shape: Shape) -> Iterator[list[Row]]:
    """All rows of a table, page by page."""
    after: Key | None = None
    while rows := store.page(shape, after):
        yield rows
        after = shape.key_of(rows[-1])


def _pairs(source: Mapping[str, Shape], target: Mapping[str, Shape], *, with_secrets: bool) -> Iterator[Pair]:
    for name in in_order(name for name in target if name in source and name not in STAYS):
        there, here = source[name], target[name]
        if with_secrets:
            yield _pair(there, here)
        elif not needs_secrets(here):
            secret = secrets_of(here)
            yield _pair(there, here.only({n: c for n, c in here.columns.items() if n not in secret}))


def _pair(source: Shape, target: Shape) -> Pair:
    both = Pair(*agreed(source, target))
    if source.name == ACCOUNT and "createdAt" in target.columns and "createdAt" not in source.columns:
        columns = {**both.target.columns, "createdAt": target.columns["createdAt"]}
        both.target = both.target.only(columns)
    return both


def _filled(source: Shape, target: Shape, row: Row) -> Row:
    known = dict(zip(source.names, row, strict=True))
    known.setdefault("createdAt", known.get("updatedAt"))
    if source.name == TALENT and known["profileImageSource"] is not None:
        known["profileImageSource"] = str(known["profileImageSource"]).lower()
    return tuple(
        "" if known[name] is None and column.is_needed else known[name]
        for name, column in target.columns.items()
    )
