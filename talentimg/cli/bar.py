"""What every progress bar is: there while it is entered, on stderr, and only on a terminal.

Standard output carries data for other programs. Rich would redirect it to stderr while a bar is shown, so
each bar switches that off.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING, Self

from talentimg.cli.terminal import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class AnyBar(ABC):
    """A bar that is drawn from `__enter__` to `__exit__`, if at all."""

    def __init__(self, *, wanted: bool = True) -> None:
        """A bar, if it is wanted and stderr is a terminal."""
        self.is_shown = wanted and is_terminal(sys.stderr)
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    @abstractmethod
    def _made(self) -> Progress:
        """What is drawn."""

    def __enter__(self) -> Self:
        if self.is_shown:
            self._progress = self._made()
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()
