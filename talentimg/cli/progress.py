"""The progress bar around what a sync yields."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from talentimg.cli.bar import AnyBar
from talentimg.cli.outcomes import OUTCOMES
from talentimg.cli.terminal import is_terminal
from talentimg.models import Outcome, OutcomeKind

if TYPE_CHECKING:
    from rich.progress import Progress

WIDE = 80
"""Columns from which a terminal has room for the bar itself and the time left, beside the counts."""


class Bar(AnyBar):
    """Done, rate, time left and a count for each outcome; shown only on a terminal."""

    def __init__(self, *, wanted: bool = True) -> None:
        """A bar, if it is wanted and stderr is a terminal."""
        super().__init__(wanted=wanted)
        self._counts: Counter[OutcomeKind] = Counter()

    def _made(self) -> Progress:
        return _progress()

    def begin(self, total: int | None) -> None:
        """There are so many talents to look at, at most; None if they are too many to be counted."""
        if self._progress is not None:
            self._task = self._progress.add_task("Syncing", total=total, counts="")

    def advance(self, outcome: Outcome) -> None:
        """One more talent is done, or one was done again."""
        self._counts[outcome.kind] += 1
        if outcome.instead_of is not None:
            self._counts[outcome.instead_of.kind] -= 1
        if self._progress is not None and self._task is not None:
            advance = 0 if outcome.instead_of else 1
            self._progress.update(self._task, advance=advance, counts=self._counts_line())

    @contextmanager
    def making_room(self) -> Iterator[None]:
        """Clear the bar away while stdout is written to, if both are on the same terminal."""
        if self._progress is None or not is_terminal(sys.stdout):
            yield
            return
        self._progress.live.transient = True  # a bar stopped like this leaves no trace
        self._progress.stop()
        try:
            yield
            sys.stdout.flush()
        finally:
            self._progress.live.transient = False
            self._progress.start()

    def _counts_line(self) -> str:
        return "  ".join(
            f"[{told.style}]{self._counts[kind]} {told.word}[/]"
            for kind, told in OUTCOMES.items()
            if self._counts[kind]
        )


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column
    from rich.text import Text

    class RateColumn(ProgressColumn):
        """Talents a second."""

        def render(self, task: Task) -> Text:
            # Over the whole run: rich's own figure covers the last steps only, and would look fast for a run
            # that hangs at its last talent.
            speed = task.completed / task.elapsed if task.elapsed else 0.0
            return Text(f"{speed:.1f}/s", style="progress.data.speed")

    def column() -> Column:
        return Column(no_wrap=True)  # a bar of two lines could not be cleared away for a line of data

    console = Console(stderr=True)
    is_wide = console.width >= WIDE
    columns = (
        TextColumn("{task.description}"),
        *((BarColumn(table_column=column()),) if is_wide else ()),
        MofNCompleteColumn(table_column=column()),
        RateColumn(table_column=column()),
        *((TimeRemainingColumn(table_column=column()),) if is_wide else ()),
        TextColumn("{task.fields[counts]}"),
    )
    return Progress(
        *columns,
        console=console,
        redirect_stdout=False,
    )
