"""A table where it fits; where it does not, the same in lines, as cells that are cut tell nothing."""

from __future__ import annotations

from itertools import chain
from typing import Final

from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

BORDER: Final = 3
"""Columns of the terminal that a column of a table takes beside its words."""


def print_fitting(table: Table, console: Console) -> None:
    """Print a table, or each of its rows as a heading with its other cells below."""
    if _least_width(table, console) <= console.width:
        console.print(table)
        return
    if table.title:
        console.print(table.title)
    headings = [" ".join(str(column.header).split()) for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        console.print(row[0])
        for heading, cell in zip(headings[1:], row[1:], strict=True):
            if str(cell) not in {"", "-"}:
                line = Text.assemble((f"{heading}: ", "dim"), _on_one_line(cell))
                console.print(Padding(line, (0, 0, 0, 2), expand=False))


def _least_width(table: Table, console: Console) -> int:
    return 1 + sum(BORDER + _width(column, console) for column in table.columns)


def _width(column: Column, console: Console) -> int:
    """The longest word of a column, or its longest line where lines must not be broken."""
    found = (Measurement.get(console, console.options, each) for each in chain([column.header], column.cells))
    return max(each.maximum if column.no_wrap else each.minimum for each in found)


def _on_one_line(cell: RenderableType) -> Text:
    text = cell if isinstance(cell, Text) else Text(str(cell))
    return Text(", ").join(text.split("\n"))
