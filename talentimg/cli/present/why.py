"""The chain as it was evaluated: who was asked, what came back, and what it means."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from talentimg.bootstrap import App
from talentimg.cli.terminal import printable
from talentimg.models import State, TalentRecord
from talentimg.service.decision.chain import Verdict
from talentimg.service.decision.explain import Step, explain

TITLE: Final = "Why this picture (times in UTC)"
VERDICT_STYLES = {
    Verdict.WINS: "bold green",
    Verdict.HOLDS: "yellow",
    Verdict.WAITS: "yellow",
    Verdict.PASSES: "dim",
    None: "dim",
}


WIDE = 100
"""Columns from which there is room for a table: in a narrower one its words stand below one another."""


def print_chain(app: App, record: TalentRecord, console: Console) -> None:
    """Each source in order of priority: as a table, or in lines where there is no room for one."""
    steps = explain(record, app.rules, app.now())
    rows = [_Row(_source(step, console), _came_back(step), *_times(app, record, step)) for step in steps]
    if console.width >= WIDE:
        console.print(_table(rows))
    else:
        _print_lines(rows, console)
    if faces := _faces(app, record):
        console.print(faces)


class _Row(NamedTuple):
    source: Text
    came_back: Text
    looked_at: str
    asked_next: str


def _source(step: Step, console: Console) -> Text:
    passed = step.verdict in {None, Verdict.PASSES}
    dots = ("○", "●") if console.encoding.startswith("utf") else ("-", "*")
    return Text(f"{dots[0 if passed else 1]} {step.source}", VERDICT_STYLES[step.verdict])


def _times(app: App, record: TalentRecord, step: Step) -> tuple[str, str]:
    """When the source was looked at, and when it is asked next."""
    checked_at = step.candidate.checked_at if step.candidate else None
    return _when(checked_at), _when(app.schedule.next_check(record, step))


def _table(rows: list[_Row]) -> Table:
    table = Table("Source", "Asked, and what came back", "Looked at", "Asked next", title=TITLE)
    table.title_justify = "left"
    for column in (0, 2, 3):
        table.columns[column].no_wrap = True
    for row in rows:
        table.add_row(*row)
    return table


def _print_lines(rows: list[_Row], console: Console) -> None:
    console.print(Text(TITLE, "italic"))
    for row in rows:
        console.print(row.source)
        console.print(Padding(row.came_back, (0, 0, 0, 2), expand=False))
        if (row.looked_at, row.asked_next) != ("-", "-"):
            times = Text(f"looked at {row.looked_at}, asked next {row.asked_next}", "dim")
            console.print(Padding(times, (0, 0, 0, 2), expand=False))


def _faces(app: App, record: TalentRecord) -> str | None:
    """How many faces were found in the picture, if anybody looked."""
    content_hash = record.selection.content_hash
    picture = app.repository.picture(content_hash) if content_hash else None
    if picture is None or picture.faces is None:
        return None
    found = {0: "No face was", 1: "One face was"}.get(picture.faces, f"{picture.faces} faces were")
    return f"{found} found in the picture that is shown."


def _came_back(step: Step) -> Text:
    """What was asked, what the source said, and what that means."""
    candidate = step.candidate
    text = Text()
    if candidate is not None and candidate.asked:
        text.append(printable(candidate.asked) + "\n", "dim")
    text.append(printable(step.why))
    if candidate is not None and step.verdict is None and candidate.state is not State.FOUND:
        text.append(f" Last time: {printable(candidate.detail or candidate.state)}")
    return text


def _when(time: datetime | None) -> str:
    return "-" if time is None else f"{time:%Y-%m-%d %H:%M}"
