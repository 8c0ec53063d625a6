"""Roster runs for people: a table of many, or the details of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from talentimg.cli.outcomes import OUTCOMES
from talentimg.cli.present.fitting import print_fitting
from talentimg.cli.terminal import LONGEST_CELL, printable
from talentimg.models import (
    MOST_COUNTED,
    Outage,
    OutcomeKind,
    PlatformCount,
    Run,
    RunProgress,
    RunState,
    SlowTalent,
)
from talentimg.providers.registry import platform_names, provider_class
from talentimg.wording import advice, outage

MINUTE, HOUR = 60, 3600
THOUSAND = 1000
STATE_STYLES = {
    RunState.RUNNING: "cyan",
    RunState.DONE: "green",
    RunState.VALVE: "yellow",
    RunState.STOPPED: "yellow",
    RunState.FAILED: "red",
    RunState.DIED: "red",
}


def print_runs(runs: Sequence[Run], console: Console | None = None) -> None:
    """Print a line for each run."""
    console = console or Console(highlight=False)
    if not runs:
        console.print("No runs on record yet. Start one with: talentimg sync-all")
        return
    # Two lines per run: seven columns would not fit into 80 characters, as on a pipe.
    table = Table("Id", "Started (UTC),\ntook", "State,\nexit code", "Talents,\noutcomes")
    for column in table.columns[:3]:
        column.no_wrap = True  # an id that is cut cannot be copied
    for run in runs:
        table.add_row(
            Text(printable(run.id)),
            f"{run.started_at:%Y-%m-%d %H:%M}\n{took(run)}",
            _state(run).append("" if run.exit_code is None else f"\nexit {run.exit_code}"),
            "\n".join(_did(run)),
        )
    print_fitting(table, console)


def _did(run: Run) -> Iterator[str]:
    """What it came to, and whose work it shared: else one night looks like several."""
    yield _looked_at(run)
    if words := outcomes_in_words(run.outcomes):
        yield words
    if run.joined:
        yield f"took part in {printable(run.part_of) if run.part_of else 'another run'}"


def print_run(progress: RunProgress, console: Console | None = None) -> None:
    """Print everything about one run, and how far it has come if it goes on."""
    console = console or Console(highlight=False)
    run = progress.run
    head = _head(run)
    _add_progress(head, progress)
    console.print(head)
    for table in _tables(run):
        console.print()
        print_fitting(table, console)
    for line in _ahead(run):
        console.print(line)


def took(run: Run) -> str:
    """How long a run took. For a run that died it is unknown: only when that was noticed."""
    if run.ended_at is None or run.state is RunState.DIED:
        return "-"
    return _duration((run.ended_at - run.started_at).total_seconds())


def _duration(seconds: float) -> str:
    if round(seconds, 1) < MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"


def size(received: int) -> str:
    """A number of bytes as people write it."""
    amount = float(received)
    for unit in ("B", "kB", "MB"):
        if round(amount, 1) < THOUSAND:
            return f"{received} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= THOUSAND
    return f"{amount:.1f} GB"


def outcomes_in_words(outcomes: Mapping[OutcomeKind, int]) -> str:
    """The outcomes that occurred, like `12 updated, 3 kept`."""
    return ", ".join(f"{outcomes[kind]} {told.word}" for kind, told in OUTCOMES.items() if outcomes.get(kind))


def _state(run: Run) -> Text:
    return Text.assemble((run.state.value, STATE_STYLES[run.state]))


def _head(run: Run) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=9)
    table.add_column()
    state = _state(run)
    if run.note:
        state.append(f": {printable(run.note)}")
    table.add_row("run", Text(printable(run.id), "bold"))
    table.add_row("started", _when(run.started_at))
    if run.state is RunState.DIED and run.ended_at:
        table.add_row("noticed", _when(run.ended_at))
    else:
        table.add_row("took", took(run))
    if run.by is not None:
        table.add_row("started by", Text(printable(run.by, LONGEST_CELL)))
    table.add_row("by", Text(f"process {run.pid} on {printable(run.host, LONGEST_CELL)}"))
    if run.joined:
        table.add_row(
            "shared", Text(f"the work of {printable(run.part_of) if run.part_of else 'another run'}")
        )
    table.add_row("state", state)
    table.add_row("exit code", _number(run.exit_code))
    return table


def _looked_at(run: Run) -> str:
    """How many a run has looked at; of how many, and how fast, if it goes on."""
    if run.state is not RunState.RUNNING:
        return f"{run.looked_at} looked at"
    return " ".join(_so_far(RunProgress((run,))))


def _so_far(progress: RunProgress) -> Iterator[str]:
    total = progress.total
    more = " or more" if total is not None and total >= MOST_COUNTED else ""
    yield f"{progress.looked_at} looked at" + (f" of {total}{more}," if progress.rate and total else "")
    if progress.rate:
        yield f"{progress.rate:.1f} a second"


def _add_progress(table: Table, progress: RunProgress) -> None:
    """What is known of a run that goes on, or was asked to stop."""
    if request := progress.stop_request:
        by = printable(request.by, LONGEST_CELL)
        table.add_row("stop", Text(f"asked for by {by} at {_when(request.at)}"))
    for other in progress.taking_part[1:]:
        who = f"process {other.pid} on {printable(other.host, LONGEST_CELL)}"
        counts = f"{other.looked_at} looked at, {other.state.value}"
        table.add_row("shared by", Text(f"{who}: {counts} ({printable(other.id)})"))
    if progress.is_over:
        return
    left = progress.seconds_left
    so_far = " ".join(_so_far(progress))
    table.add_row("so far", so_far if left is None else f"{so_far}, about {_duration(left)} left")
    table.add_row("right now", f"{progress.in_progress} in progress")
    if progress.written_at:
        table.add_row("last heard", _when(progress.written_at))


def _tables(run: Run) -> Iterator[Table]:
    if run.looked_at:
        yield _outcomes(run)
    if run.platforms:
        yield _platforms(run.platforms)
    if run.slowest:
        yield _slowest(run.slowest)


def _outcomes(run: Run) -> Table:
    table = Table("Outcome", "Talents", "Meaning")
    table.columns[1].justify = "right"
    for kind, told in OUTCOMES.items():
        if number := run.outcomes.get(kind):
            table.add_row(Text(kind.value, told.style), str(number), told.meaning)
    table.title = f"Looked at {run.looked_at} talents; {run.showing_initials} of them show initials"
    table.title_justify = "left"
    return table


def _platforms(platforms: Mapping[str, PlatformCount]) -> Table:
    table = Table("Source", "Calls", "Received", "Found", "Absent", "Trouble", "Quota used", "Shown")
    for column in table.columns[1:]:
        column.justify = "right"
    # The busiest first: that is where a slow night went.
    for name, count in sorted(platforms.items(), key=lambda item: (-item[1].calls, item[0])):
        table.add_row(
            Text(printable(name, LONGEST_CELL)),
            _dash(count.calls),
            size(count.received) if count.calls else "-",
            _dash(count.found),
            _dash(count.absent),
            Text(_dash(count.trouble), "yellow" if count.trouble else ""),
            _dash(count.quota),
            _dash(sum(count.outcomes.values())),
        )
    return table


def _slowest(talents: Sequence[SlowTalent]) -> Table:
    table = Table("Slowest talents", "Seconds", "Shown from")
    table.columns[1].justify = "right"
    for slow in talents:
        talent, source = printable(slow.talent_id, LONGEST_CELL), printable(slow.source, LONGEST_CELL)
        table.add_row(Text(talent), f"{slow.seconds:.1f}", Text(source))
    return table


def _ahead(run: Run) -> Iterator[str]:
    """What was wrong with platforms, and what was left to do at the end of the run."""
    for one in run.outages:
        yield printable(" ".join(outage_words(one)))
    if run.in_review:
        yield waiting_line(run.in_review)
    if run.still_due is not None:
        yield still_due_line(run.still_due)
    if run.claimed_elsewhere:
        yield claimed_line(run)
    if run.next_due_at:
        yield f"The next one is due at {_when(run.next_due_at)}."


def outage_words(one: Outage) -> tuple[str, str]:
    """That a platform answered nobody, and what to do."""
    is_known = one.source in platform_names()
    return outage(one, provider_class(one.source).info.label if is_known else None), advice(one)


def still_due_line(still_due: int) -> str:
    """How many talents were due at the end of a run, as a sentence."""
    or_more = " or more" if still_due >= MOST_COUNTED else ""
    return f"Still due: {still_due}{or_more}" if still_due else "Nobody else is due."


def waiting_line(in_review: int) -> str:
    """How many of those looked at wait for a person, as a sentence."""
    pictures = "1 picture waits" if in_review == 1 else f"{in_review} pictures wait"
    return f"{pictures} for your word: talentimg review"


def claimed_line(run: Run) -> str:
    """How many talents others were working on at the end of a run, who, and until when, as a sentence."""
    more = len(run.claimed_by) - 1
    who = f"process {printable(run.claimed_by[0], LONGEST_CELL)}" if run.claimed_by else "other processes"
    others = f" and {more} more" if more > 0 else ""
    until = f" until {_when(run.claimed_until)}" if run.claimed_until else ""
    return f"{run.claimed_elsewhere} more are claimed by {who}{others}{until}, and may still be looked at."


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _number(number: int | None) -> str:
    return "-" if number is None else str(number)


def _dash(number: int) -> str:
    return str(number) if number else "-"
