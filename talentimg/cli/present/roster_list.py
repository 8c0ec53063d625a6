"""The roster in lines: a table for people, fields and tabs for programs. Each is printed as it comes."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from talentimg.cli.terminal import LONGEST_CELL, printable
from talentimg.service.decision.state import TalentState

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Sequence

    from talentimg.repository.interface import RosterRow
    from talentimg.service.people.listing import Listed

TITLES: Final = ("Id", "Name", "Accounts", "State", "Shown from", "Last look")
MEASURED: Final = 200
"""How many rows decide the widths of a table, so that it can begin before the last row is known."""
GAP: Final = "  "
CUT: Final = ((1, 28), (2, 10), (4, 15), (1, 16), (4, 10))
"""The columns that may be cut, and how far, one after the other: names, platforms, and sources with what
people decided. An id stays whole, as the next command needs it."""
MAY_BE_CUT: Final = frozenset(column for column, _ in CUT)
FIRST_TO_GO: Final = (5, 2, 4)
"""What is left out where there is no room: last look, accounts, source. Who it is and the state stay."""
TOLD: Final = {
    TalentState.NEEDS_YOU: "needs you",
    TalentState.WAITING: "waiting",
    TalentState.KEPT: "kept",
    TalentState.STALE: "stale",
    TalentState.INITIALS: "initials",
    TalentState.LOCKED: "locked",
    TalentState.FRESH: "fresh",
}


def tab_separated(one: Listed) -> str:
    """Id, name, accounts, source, last look (ISO 8601, empty if there was none) and state of one talent."""
    row = one.row
    accounts = ",".join(f"{account.platform}={account.handle}" for account in row.accounts)
    when = f"{row.synced_at:%Y-%m-%dT%H:%M:%SZ}" if row.synced_at else ""
    fields = (row.talent_id, row.name, accounts, row.source, when, one.standing.state)
    return "\t".join(printable(field) for field in fields)


def count_line(counts: Counter[TalentState]) -> str:
    """How many there are, and how they stand."""
    total = counts.total()
    each = ", ".join(f"{counts[state]} {told}" for state, told in TOLD.items() if counts[state])
    return f"{total} {'talent' if total == 1 else 'talents'}: {each}."


def table_lines(rows: Iterable[Listed], width: int) -> Iterator[str]:
    """A table of the roster.

    Args:
        rows: as they come; only some are held.
        width: of the terminal, in cells. An id that leaves no room has a line to itself.
    """
    cells = (_cells(row) for row in rows)
    first = list(islice(cells, MEASURED))
    if first:
        widths = _widths([TITLES, *first], width)
        for row in chain((TITLES, *first), cells):
            yield from _lines(row, widths, width)


def _cells(one: Listed) -> tuple[str, ...]:
    row = one.row
    when = f"{row.synced_at:%Y-%m-%d %H:%M}" if row.synced_at else "never"
    platforms = _platforms(row) or "-"
    name = printable(row.name, LONGEST_CELL)
    source = f"{row.source} ({', '.join(one.marks)})" if one.marks else row.source
    return printable(row.talent_id), name, platforms, TOLD[one.standing.state], printable(source), when


def _platforms(row: RosterRow) -> str:
    """The platforms of the accounts; beside one that was renamed, what it is called now."""
    names = {account.platform: account.renamed_to for account in row.accounts}
    told = (f"{p} (now {printable(name)})" if (name := names.get(p)) else p for p in row.platforms)
    return ", ".join(told)


def _widths(rows: Sequence[Sequence[str]], width: int) -> dict[int, int]:
    """The widths of the columns for which there is room."""
    from rich.cells import cell_len

    widths = {number: max(map(cell_len, column)) for number, column in enumerate(zip(*rows, strict=True))}
    if widths[0] > width // 2:  # a few long ones then stand out, instead of pushing all others aside
        ids = sorted(cell_len(row[0]) for row in rows)
        widths[0] = max((one for one in ids if one <= width // 2), default=ids[len(ids) // 2])
    for column in FIRST_TO_GO:
        if _taken(_cut(widths, width)) > width:
            del widths[column]
    return _cut(widths, width)


def _cut(widths: dict[int, int], width: int) -> dict[int, int]:
    found = dict(widths)
    for column, least in CUT:
        if column in found and (over := _taken(found) - width) > 0:
            found[column] = min(found[column], max(least, found[column] - over))
    return found


def _taken(widths: dict[int, int]) -> int:
    return sum(widths.values()) + len(GAP) * (len(widths) - 1)


def _lines(row: Sequence[str], widths: dict[int, int], width: int) -> Iterator[str]:
    from rich.cells import cell_len

    line = _line(row, widths)
    if cell_len(line) > width and cell_len(row[0]) > widths[0]:
        yield row[0]
        line = _line(("", *row[1:]), widths)
    yield line


def _line(row: Sequence[str], widths: dict[int, int]) -> str:
    return GAP.join(
        _fitted(row[column], width, may_cut=column in MAY_BE_CUT) for column, width in widths.items()
    ).rstrip()


def _fitted(cell: str, width: int, *, may_cut: bool) -> str:
    from rich.cells import cell_len, set_cell_size

    taken = cell_len(cell)
    if taken <= width or not may_cut:
        return cell + " " * (width - taken)
    return set_cell_size(cell, width - 1) + "…"
