"""The roster in lines: a table for people, fields and tabs for programs. Each is printed as it comes."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from talentimg.cli.terminal import LONGEST_CELL, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from talentimg.repository.interface import RosterRow

TITLES: Final = ("Id", "Name", "Accounts", "Shown from", "Last look")
MEASURED: Final = 200
"""How many rows decide the widths of a table, so that it can begin before the last row is known."""
GAP: Final = "  "
NARROWEST: Final = 10
CUT: Final = (1, 2)
"""The columns that may be cut: names and platforms. An id stays whole, as the next command needs it."""


def tab_separated(row: RosterRow) -> str:
    """Id, name, accounts, source and last look (ISO 8601, empty if there was none) of one talent."""
    accounts = ",".join(f"{account.platform}={account.handle}" for account in row.accounts)
    when = f"{row.synced_at:%Y-%m-%dT%H:%M:%SZ}" if row.synced_at else ""
    return "\t".join(printable(field) for field in (row.talent_id, row.name, accounts, row.source, when))


def table_lines(rows: Iterable[RosterRow], width: int) -> Iterator[str]:
    """A table of the roster.

    Args:
        rows: as they come; only some are held.
        width: of the terminal, in cells. Lines are longer only where ids leave no other way.
    """
    cells = (_cells(row) for row in rows)
    first = list(islice(cells, MEASURED))
    if first:
        widths = _widths([TITLES, *first], width)
        yield from (_line(row, widths) for row in chain((TITLES, *first), cells))


def _cells(row: RosterRow) -> tuple[str, ...]:
    when = f"{row.synced_at:%Y-%m-%d %H:%M}" if row.synced_at else "never"
    name = printable(row.name, LONGEST_CELL)
    return printable(row.talent_id), name, _platforms(row) or "-", row.source, when


def _platforms(row: RosterRow) -> str:
    """The platforms of the accounts; beside one that was renamed, what it is called now."""
    names = {account.platform: account.renamed_to for account in row.accounts}
    told = (f"{p} (now {printable(name)})" if (name := names.get(p)) else p for p in row.platforms)
    return ", ".join(told)


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    if widths[0] > width // 2:  # a few long ones then stand out, instead of pushing all others aside
        widths[0] = sorted(cell_len(row[0]) for row in rows)[len(rows) // 2]
    for column in reversed(CUT):
        over = sum(widths) + len(GAP) * (len(widths) - 1) - width
        widths[column] = min(widths[column], max(NARROWEST, widths[column] - max(over, 0)))
    return widths


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(
        _fitted(cell, width, may_cut=column in CUT)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ).rstrip()


def _fitted(cell: str, width: int, *, may_cut: bool) -> str:
    from rich.cells import cell_len, set_cell_size

    taken = cell_len(cell)
    if taken <= width or not may_cut:
        return cell + " " * (width - taken)
    return set_cell_size(cell, width - 1) + "…"
