"""Pictures that wait for a person: both side by side, or a table where no picture can be drawn."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentimg.bootstrap import App
from talentimg.cli.present.fitting import print_fitting
from talentimg.cli.present.pair import pair_of
from talentimg.cli.terminal import LONGEST_CELL, printable, shows_colour
from talentimg.models import INITIALS, Review
from talentimg.service.people.reviews import Waiting

MOST_DRAWN: Final = 20
"""How many are drawn: whoever has to decide about more of them looks at a few at a time."""
SHOWN_OF_HASH: Final = 12


def print_waiting(app: App, reviews: Sequence[Review], console: Console | None = None) -> None:
    """Print what waits, the longest first."""
    console = console or Console(highlight=False)
    if not reviews:
        console.print("No picture waits for review.")
        return
    is_drawn = shows_colour(sys.stdout)
    drawn = MOST_DRAWN if is_drawn else 0
    for one in app.reviews.with_records(reviews[:drawn]):
        _draw(app, one, console)
    if rest := reviews[drawn:]:
        print_fitting(_table(list(app.reviews.with_records(rest))), console)


def _draw(app: App, one: Waiting, console: Console) -> None:
    talent, review = one.record.talent, one.review
    who = f"{printable(talent.name, LONGEST_CELL)} ({printable(talent.id, LONGEST_CELL)})"
    since = f", since {_since(review)} UTC, {review.content_hash[:SHOWN_OF_HASH]}"
    console.print(Text.assemble((who, "bold"), since))
    shown = one.record.selection
    left = (f"shown: {_source(shown.source)}", shown.content_hash)
    right = (f"waits: {review.source}", review.content_hash)
    console.print(pair_of(app, talent, left, right, console.width))
    console.print()


def _table(waiting: Sequence[Waiting]) -> Table:
    table = Table("Talent", "Since (UTC)", "Shown", "Waits", "Picture")
    table.columns[4].no_wrap = True  # a hash that is cut cannot be copied
    for one in waiting:
        table.add_row(
            Text(f"{printable(one.record.talent.name, LONGEST_CELL)} ({printable(one.review.talent_id)})"),
            _since(one.review),
            Text(printable(_source(one.record.selection.source), LONGEST_CELL)),
            Text(printable(one.review.source, LONGEST_CELL)),
            one.review.content_hash[:SHOWN_OF_HASH],
        )
    return table


def _source(source: str) -> str:
    return "initials" if source == INITIALS else source


def _since(review: Review) -> str:
    return f"{review.proposed_at:%Y-%m-%d %H:%M}"
