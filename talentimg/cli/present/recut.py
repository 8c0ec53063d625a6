"""What people and programs see of `recrop`: what could not be cut, and how many squares are new."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentimg.cli.present.output import print_json
from talentimg.cli.terminal import LONGEST_CELL, is_terminal, printable, reader_may_leave
from talentimg.errors import SOME_FAILED
from talentimg.service.run.recrop import Recut, RecutPicture

if TYPE_CHECKING:
    from rich.status import Status

MEANINGS = {
    Recut.CUT: ("green", "Another square, for {talents}"),
    Recut.SAME: ("", "The rule of today cuts the same square"),
    Recut.NO_MASTER: ("", "Its whole was not kept; talentimg sync ID --force fetches it again"),
    Recut.FAILED: ("red", "Stays as it is; the next look at its talent may mend it"),
}
"""For each result, how it is drawn and what it means."""
MOST_FAILURES = 10
SHOWN_OF_HASH = 12


class RecutReport:
    """Counts what is done and says it at the end. Its size does not grow with the number of pictures."""

    def __init__(self, *, limit: int | None, dry_run: bool, as_json: bool, quiet: bool = False) -> None:
        """A report of one call.

        Args:
            limit: how many pictures were to be cut at most.
            dry_run: whether nothing is written.
            as_json: objects for programs in place of sentences for people.
            quiet: nothing is said unless somebody is needed.
        """
        self._quiet = quiet
        self._limit = limit
        self._dry_run = dry_run
        self._as_json = as_json
        self._counts: Counter[Recut] = Counter()
        self._talents = 0
        self._failures: list[RecutPicture] = []
        self._status: Status | None = None

    @property
    def exit_code(self) -> int:
        """Of the command, if nothing ended it early."""
        return SOME_FAILED if self._counts[Recut.FAILED] else 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Show a person who waits how many pictures are done."""
        if self._as_json or self._quiet or not is_terminal(sys.stderr):
            yield
            return
        with Console(stderr=True).status("Cutting pictures ...") as self._status:
            yield

    def add(self, picture: RecutPicture) -> None:
        """One more picture is done."""
        self._counts[picture.result] += 1
        if picture.result is Recut.CUT:
            self._talents += len(picture.talent_ids)
        if picture.result is Recut.FAILED and len(self._failures) < MOST_FAILURES:
            self._failures.append(picture)
        if self._as_json:
            with reader_may_leave():
                print_json(picture, indent=None)
        if self._status is not None:
            done = self._counts.total() - self._counts[Recut.NO_MASTER]
            self._status.update(f"Cutting pictures ... {done}")

    def finish(self, *, cut_short: bool = False) -> None:
        """Say what was done. When it was cut short before anything was, that is left to the error."""
        if cut_short and not self._counts:
            return
        with reader_may_leave():
            self._tell()

    def _tell(self) -> None:
        if self._as_json:
            counts = {result.value: self._counts[result] for result in Recut}
            summary = {"summary": True, "dry_run": self._dry_run, **counts, "talents": self._talents}
            print_json(summary, indent=None)
            return
        if self._quiet and not self._dry_run and not self.exit_code:
            return
        console = Console(highlight=False)
        if not self._counts:
            console.print("Every picture in use is cut by the rule of today.")
        else:
            self._print(console)
        if self._dry_run:
            console.print("This was a dry run: nothing was written.")

    def _print(self, console: Console) -> None:
        for failure in self._failures:
            who = f"{failure.content_hash[:SHOWN_OF_HASH]} ({_names(failure.talent_ids)}): "
            console.print(Text.assemble((who, "bold"), printable(failure.detail or "")))
        if self._counts[Recut.FAILED] > MOST_FAILURES:
            console.print(
                f"... and {self._counts[Recut.FAILED] - MOST_FAILURES} more; --json lists them all."
            )
        console.print(self._table())
        done = self._counts[Recut.CUT] + self._counts[Recut.SAME]
        if done == self._limit and not self._dry_run:
            console.print(f"That was the limit of {done}: call it again to go on.")

    def _table(self) -> Table:
        table = Table("Result", "Pictures", "Meaning")
        table.columns[1].justify = "right"
        for result, (style, meaning) in MEANINGS.items():
            if self._counts[result]:
                words = meaning.format(talents=_many(self._talents, "talent"))
                table.add_row(Text(result.value, style), str(self._counts[result]), words)
        return table


def _names(talent_ids: tuple[str, ...]) -> str:
    others = f" and {len(talent_ids) - 1} more" if len(talent_ids) > 1 else ""
    return printable(talent_ids[0], LONGEST_CELL) + others


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
