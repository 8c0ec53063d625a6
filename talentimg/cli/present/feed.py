"""What happened, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentimg.cli.present.fitting import print_fitting
from talentimg.cli.terminal import LONGEST_CELL, printable

if TYPE_CHECKING:
    from talentimg.models import FeedEntry
    from talentimg.repository.interface.feed import FeedPage


def print_feed(page: FeedPage) -> None:
    """A page of it, and the cursor to go on with."""
    console = Console(highlight=False)
    if not page.entries:
        console.print(f"Nothing has happened since. Go on with: talentimg changes --since {page.reached}")
        return
    table = Table("Cursor", "When", "What", "Whom", "How")
    table.columns[0].no_wrap = table.columns[1].no_wrap = table.columns[2].no_wrap = True
    for one in page.entries:
        table.add_row(
            str(one.number),
            f"{one.at:%Y-%m-%d %H:%M}",
            one.kind.value,
            Text(printable(one.talent_id or "", LONGEST_CELL)),
            Text(printable(how(one), LONGEST_CELL)),
        )
    print_fitting(table, console)
    more = "There is more" if page.is_more else "Go on"
    console.print(f"{more}: talentimg changes --since {page.reached}")


def how(entry: FeedEntry) -> str:
    """What happened, in a few words."""
    if entry.step is not None:
        return f"{entry.step.from_source} → {entry.step.to_source}"
    if entry.reconnect is not None:
        return f"{entry.reconnect.platform}: {entry.reconnect.detail or 'has to be connected again'}"
    return f"run {entry.run.id}: {entry.run.state.value}" if entry.run is not None else ""
