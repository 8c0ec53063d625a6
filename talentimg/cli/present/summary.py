"""The summary of a roster run for people: who needs attention, and a table of what was done."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentimg.cli.outcomes import OUTCOMES
from talentimg.cli.present.reconnect import reconnect_lines
from talentimg.cli.present.run_tables import claimed_line, outage_words, still_due_line, waiting_line
from talentimg.cli.terminal import LONGEST_CELL, printable
from talentimg.models import Run, Suspect
from talentimg.service.people.reconnecting import Reconnect
from talentimg.service.run.outages import OF_THE_PLATFORM
from talentimg.service.run.tally import Tally

MOST_TROUBLES = 10


def print_summary(
    tally: Tally,
    run: Run,
    *,
    seconds: float,
    suspects: Sequence[Suspect] = (),
    reconnects: Sequence[Reconnect] = (),
) -> None:
    """Print the summary to stdout."""
    console = Console(highlight=False)
    left = still_due_line(run.still_due or 0)
    claimed = [claimed_line(run)] if run.claimed_elsewhere else []
    if not tally.looked_at:
        is_well = not run.still_due and not claimed
        console.print(
            "Nobody is due: everyone was looked at recently." if is_well else "Nobody was looked at."
        )
        console.print("\n".join(claimed), soft_wrap=True, end="\n" if claimed else "")
        return
    print_outages(console, run)
    _print_troubles(console, tally, {one.source for one in run.outages})
    _print_notes(console, tally)
    for suspect in suspects:
        console.print(_doubt(suspect), soft_wrap=True)
    console.print(_table(tally))
    console.print(
        f"Looked at {tally.looked_at} talents in {seconds:.1f} s; "
        f"{tally.showing_initials} of them show initials."
    )
    if tally.in_review:
        console.print(waiting_line(tally.in_review), soft_wrap=True)
    for line in reconnect_lines(reconnects):
        console.print(Text(line), soft_wrap=True)
    console.print("\n".join([left, *claimed]), soft_wrap=True)


def print_outages(console: Console, run: Run) -> None:
    """The platforms that answered nobody: once each, with what to do."""
    for one in run.outages:
        told, to_do = outage_words(one)
        console.print(Text.assemble((printable(told), "bold"), " ", printable(to_do)), soft_wrap=True)


def _print_troubles(console: Console, tally: Tally, told: Collection[str]) -> None:
    """The problems: one line for each problem of a source, however many talents it hit.

    What has nothing to do with the talents is left out where the platform is told as a whole.
    """
    troubles = [t for t in tally.troubles if not (t.source in told and t.reason in OF_THE_PLATFORM)]
    for trouble in troubles[:MOST_TROUBLES]:
        others = f" and {trouble.talents - 1} more" if trouble.talents > 1 else ""
        who = f"{printable(trouble.name, LONGEST_CELL)}{others} ({printable(trouble.source)}): "
        console.print(Text.assemble((who, "bold"), printable(trouble.detail)))
    if len(troubles) > MOST_TROUBLES:
        console.print(f"... and {len(troubles) - MOST_TROUBLES} more problems; --json lists them all.")


def _print_notes(console: Console, tally: Tally) -> None:
    """Accounts that have moved or go by another name: a line for each of the first few."""
    told = list(tally.notes.values())
    for note in told[:MOST_TROUBLES]:
        who = f"{printable(note.name, LONGEST_CELL)} ({printable(note.source)}): "
        console.print(Text.assemble((who, "bold"), printable(note.detail)))
    if len(told) > MOST_TROUBLES:
        console.print(f"... and {len(told) - MOST_TROUBLES} more accounts to look at; --json lists them all.")


def _doubt(suspect: Suspect) -> Text:
    return Text(
        f"{suspect.talents} people of {printable(suspect.source)} have the same picture: "
        "it is treated as a placeholder and not shown. If it is a real picture: "
        f"talentimg placeholders --allow {suspect.source_hash[:12]}",
        style="yellow",
    )


def _table(tally: Tally) -> Table:
    table = Table("Outcome", "Talents", "Meaning")
    table.columns[1].justify = "right"
    for kind, told in OUTCOMES.items():
        if tally.counts[kind]:
            table.add_row(Text(kind.value, told.style), str(tally.counts[kind]), told.meaning)
    return table
