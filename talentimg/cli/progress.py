"""The rich bar, wrapped around what the service yields. Only on a terminal, only on stderr."""

from __future__ import annotations

import sys
from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Self

from talentimg.cli.terminal import is_terminal, write_line
from talentimg.models import Outcome, OutcomeKind

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

STYLES = {
    OutcomeKind.UPDATED: "green",
    OutcomeKind.UNCHANGED: "dim",
    OutcomeKind.KEPT: "yellow",
    OutcomeKind.DEMOTED: "magenta",
    OutcomeKind.LOCKED: "blue",
    OutcomeKind.OPTED_OUT: "blue",
    OutcomeKind.RECONNECT: "yellow",
    OutcomeKind.FAILED: "red",
}


class Bar:
    """Done, rate, time left and a count for each outcome; silent where nobody looks."""

    def __init__(self, total: int = 0) -> None:
        self.is_shown = is_terminal(sys.stderr)
        self.total = total
        self._counts: Counter[OutcomeKind] = Counter()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self.is_shown:
            self._progress = _progress()
            self._progress.start()
            self._task = self._progress.add_task("Syncing", total=self.total, counts="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def advance(self, outcome: Outcome) -> None:
        """One more talent is done, or once more."""
        self._counts[outcome.kind] += 1
        if outcome.instead_of is not None:
            self._counts[outcome.instead_of.kind] -= 1
        if self._progress is not None and self._task is not None:
            advance = 0 if outcome.instead_of else 1
            self._progress.update(self._task, advance=advance, counts=self._counts_line())

    def write(self, line: str) -> None:
        """Print a line of data to stdout, above the bar if both go to one terminal."""
        if self._progress is not None and is_terminal(sys.stdout):
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            write_line(line)

    def _counts_line(self) -> str:
        return "  ".join(
            f"[{STYLES[kind]}]{self._counts[kind]} {kind.replace('_', ' ')}[/]"
            for kind in OutcomeKind
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
    from rich.text import Text

    class RateColumn(ProgressColumn):
        """Talents a second."""

        def render(self, task: Task) -> Text:
            # Over the whole run: rich's own figure looks at the last steps only, and a run that hangs at
            # its last talent would seem to fly.
            speed = task.completed / task.elapsed if task.elapsed else 0.0
            return Text(f"{speed:.1f}/s", style="progress.data.speed")

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
        console=Console(stderr=True),
    )
