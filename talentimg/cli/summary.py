"""The end of a roster run for people: who needs a look, and a table of what was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentimg.cli.progress import STYLES
from talentimg.cli.terminal import LONGEST_CELL, printable
from talentimg.models import INITIALS, Outcome, OutcomeKind

MOST_TROUBLES = 10
MEANINGS = {
    OutcomeKind.UPDATED: "a new picture is shown",
    OutcomeKind.UNCHANGED: "looked, nothing new",
    OutcomeKind.KEPT: "no certain answer; the picture stays",
    OutcomeKind.DEMOTED: "gone for certain; the chain moved down",
    OutcomeKind.LOCKED: "fixed by a person",
    OutcomeKind.OPTED_OUT: "wants no picture",
    OutcomeKind.RECONNECT: "a token needs the person",
    OutcomeKind.FAILED: "no answer, and no picture to keep",
}


def print_summary(outcomes: Sequence[Outcome], *, seconds: float, still_due: int) -> None:
    """Print the summary to stdout."""
    console = Console(highlight=False)
    if not outcomes:
        console.print(
            "Nobody is due: everybody was looked at lately." if not still_due else "Nobody was looked at."
        )
        return
    _print_troubles(console, [outcome for outcome in outcomes if outcome.is_trouble])
    console.print(_table(outcomes))
    initials = sum(outcome.source == INITIALS for outcome in outcomes)
    console.print(f"Looked at {len(outcomes)} talents in {seconds:.1f} s; {initials} of them show initials.")
    console.print(f"Still due: {still_due}" if still_due else "Nobody else is due.")


def _print_troubles(console: Console, troubled: Sequence[Outcome]) -> None:
    """The troubles, the same one said once however many it hit."""
    groups = Counter(outcome.detail or outcome.kind.value for outcome in troubled)
    for detail, number in groups.most_common(MOST_TROUBLES):
        who = next(printable(o.name, LONGEST_CELL) for o in troubled if (o.detail or o.kind.value) == detail)
        others = f" and {number - 1} more" if number > 1 else ""
        console.print(Text.assemble((f"{who}{others}: ", "bold"), printable(detail)))
    if len(groups) > MOST_TROUBLES:
        console.print(f"... and {len(groups) - MOST_TROUBLES} other troubles; --json lists them all.")


def _table(outcomes: Sequence[Outcome]) -> Table:
    counts = Counter(outcome.kind for outcome in outcomes)
    table = Table("Outcome", "Talents", "Meaning")
    table.columns[1].justify = "right"
    for kind in OutcomeKind:
        if counts[kind]:
            table.add_row(Text(kind.value, STYLES[kind]), str(counts[kind]), MEANINGS[kind])
    return table
