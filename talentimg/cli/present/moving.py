"""The bar while a house is moved: which table or pictures are at hand, and how far. Only on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from talentimg.cli.bar import AnyBar
from talentimg.cli.terminal import columns_of

if TYPE_CHECKING:
    from rich.progress import Progress

    from talentimg.service.moving.tables import Step

_WIDE = 80
_LONGEST = 36
"""Columns from which there is room for the bar itself, and those of the longest description."""


class Progressing(AnyBar):
    """One bar for each thing in turn; it leaves no trace."""

    def __init__(self, *, wanted: bool = True) -> None:
        """A bar, if it is wanted and stderr is a terminal."""
        super().__init__(wanted=wanted)
        self._at: tuple[str, bool] | None = None

    def _made(self) -> Progress:
        return bar(columns_of(sys.stderr))

    def show(self, step: Step) -> None:
        """It has come so far."""
        if self._progress is None:
            return
        at = (step.table, step.is_comparing)
        if self._task is None:
            self._task = self._progress.add_task("", total=None)
        if self._at != at:
            self._progress.reset(self._task)
            self._at = at
        words = f"{'Comparing' if step.is_comparing else 'Copying'} {step.table}"
        self._progress.update(self._task, description=words, completed=step.done, total=step.total)


def bar(columns: int) -> Progress:
    """A bar for a terminal of so many columns: the numbers have their room, and the bar what is left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    def column(width: int | None = None) -> Column:
        return Column(no_wrap=True, width=width)

    is_wide = columns >= _WIDE
    return Progress(
        TextColumn("{task.description}", table_column=column(_LONGEST if is_wide else None)),
        *((BarColumn(bar_width=None, table_column=Column(ratio=1)),) if is_wide else ()),
        MofNCompleteColumn(table_column=column()),
        *((TimeElapsedColumn(table_column=column()),) if is_wide else ()),
        console=Console(stderr=True, width=columns),
        redirect_stdout=False,
        transient=True,
        expand=is_wide,
    )
